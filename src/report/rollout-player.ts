// The script of the rollout page. It runs in browsers as it stands here, without a build.

/** Draws frame after frame into every canvas with `data-cells`; plays at the chosen speed, pauses, and follows the slider. */
export const PLAYER_SCRIPT = `
'use strict';
(() => {
  const find = (id) => document.getElementById(id);
  const { palette, delayMs } = find('player').dataset;
  const colors = palette.split(' ').map((color) => parseInt(color, 16));
  const [play, slider, shown, speed] = [find('play'), find('frame'), find('shown'), find('speed')];
  const frames = Number(slider.max) + 1;
  const pictures = Array.from(document.querySelectorAll('canvas[data-cells]'), (canvas) => {
    const text = atob(canvas.dataset.cells);
    const context = canvas.getContext('2d');
    const image = context.createImageData(canvas.width, canvas.height);
    image.data.fill(255);
    const size = canvas.width * canvas.height;
    return (frame) => {
      for (let i = 0; i < size; i++) {
        const color = colors[text.charCodeAt(frame * size + i)];
        image.data[4 * i] = color >> 16;
        image.data[4 * i + 1] = (color >> 8) & 255;
        image.data[4 * i + 2] = color & 255;
      }
      context.putImageData(image, 0, 0);
    };
  });
  const show = (frame) => {
    slider.value = String(frame);
    shown.textContent = 'frame ' + (frame + 1) + ' of ' + frames;
    for (const draw of pictures) draw(frame);
  };
  let timer = null;
  const setPlaying = (on) => {
    clearInterval(timer);
    const next = () => show((Number(slider.value) + 1) % frames);
    timer = on ? setInterval(next, Number(delayMs) / Number(speed.value)) : null;
    play.textContent = on ? 'Pause' : 'Play';
  };
  play.addEventListener('click', () => setPlaying(timer === null));
  slider.addEventListener('input', () => {
    setPlaying(false);
    show(Number(slider.value));
  });
  speed.addEventListener('change', () => setPlaying(timer !== null));
  show(0);
  setPlaying(frames > 1 && !matchMedia('(prefers-reduced-motion: reduce)').matches);
})();
`;
