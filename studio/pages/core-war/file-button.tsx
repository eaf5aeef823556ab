// A button that chooses files.

import { useRef } from 'preact/hooks';

export function FileButton({
  label,
  take,
}: {
  readonly label: string;
  readonly take: (files: FileList) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current!.click()}>
        {label}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept=".red,.rc,.ld,.txt,text/plain"
        aria-label={label}
        onChange={({ currentTarget }) => {
          if (currentTarget.files && currentTarget.files.length > 0) take(currentTarget.files);
          currentTarget.value = '';
        }}
      />
    </>
  );
}
