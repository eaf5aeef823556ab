// An arms race whose warriors come from a mutator of one's own: `primordia drq examples/plugins/race.js`.

export default {
  extends: 'drq-tiny',
  name: 'race',
  description: 'a short arms race by a mutator from a plugin',
  plugins: ['./nudge.js'],
  rounds: 2,
  iterations: 20,
  mutator: { kind: 'nudge', reach: 12 },
};
