// What stands in the place of something that could not be read.

import { addressOf } from '../routes.ts';

export function Failed({
  heading,
  message,
  hint,
}: {
  readonly heading: string;
  readonly message: string;
  readonly hint?: string | undefined;
}) {
  return (
    <section class="empty" role="alert">
      <h1>{heading}</h1>
      <p>{message}</p>
      {hint !== undefined && <p>{hint}</p>}
      <p>
        <a href={addressOf('runs')}>All runs</a>
      </p>
    </section>
  );
}
