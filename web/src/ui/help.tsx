/** The list of shortcuts. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icons";
import { t } from "./language";
import { enabled, enableShortcuts, shortcuts } from "./shortcuts";

export function Help({ close }: { close: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="help-title" onClose={close} data-testid="help-dialog">
      <header class="sheet-head">
        <h2 id="help-title">{t("help.title")}</h2>
        <button type="button" class="control small" aria-label={t("app.close")} onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      <dl class="keys">
        {shortcuts.map(({ key, action }) => (
          <div key={key}>
            <dt>
              <kbd>{key === "Escape" ? "Esc" : key.toUpperCase()}</kbd>
            </dt>
            <dd>{t(`help.${action}`)}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={enabled.value}
          onChange={(event) => enableShortcuts(event.currentTarget.checked)}
        />
        {t("help.enabled")}
      </label>
    </dialog>
  );
}
