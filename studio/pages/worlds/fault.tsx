// What is wrong with the options, and what to do about it.

export type FaultProps = { readonly message: string; readonly hint: string | null };

export function Fault({ message, hint }: FaultProps) {
  return (
    <div class="fault" role="alert">
      <strong>{message}</strong>
      {hint !== null && <p>{hint}</p>}
    </div>
  );
}
