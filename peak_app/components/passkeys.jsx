/** Signing in by a passkey, and adding one. What only a browser knows is said here: whether it has any. */
import { useRef, useState } from "react";
import { filled, Icon } from "./fold.jsx";
import { create, hasPasskeys, send, sentenceOf, use } from "./passkeys.js";

const KEY = "M10.5 2.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8.2 7.7 2.5 13.4M4.6 11.3l1.8 1.8";

/** What is going on with the device: `run(work)` does one thing at a time. */
function useDevice(labels) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const run = async (work) => {
    setProblem("");
    setBusy(true);
    try {
      await work();
    } catch (error) {
      setProblem(sentenceOf(error, labels));
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, problem, run };
}

function DeviceButton({ look, device, label, labels, onClick }) {
  return (
    <button type="button" className={`btn ${look}`} disabled={device.isBusy} aria-busy={device.isBusy} onClick={onClick}>
      <Icon path={KEY} />{device.isBusy ? labels.busy : label}
    </button>
  );
}

const Problem = ({ text }) => text && <div className="note red" role="alert"><p>{text}</p></div>;

export function PasskeySignIn({ site, nextPath, labels }) {
  const form = useRef(null);
  const answer = useRef(null);
  const device = useDevice(labels);
  if (!site) return null;
  if (window.location.origin !== site) {
    const next = nextPath ? `?next=${encodeURIComponent(nextPath)}` : "";
    return <a className="btn soft wide" href={`${site}/login${next}`}><Icon path={KEY} />{labels.sign_in}</a>;
  }
  if (!hasPasskeys()) return <p className="muted passkeys-none">{labels.none}</p>;
  const signIn = () => device.run(async () => {
    answer.current.value = await use(await send("/auth/passkey/question", labels));
    form.current.submit();
  });
  return (
    <form ref={form} method="post" action="/auth/passkey" className="passkeys">
      <input type="hidden" name="next" value={nextPath} />
      <input type="hidden" name="answer" ref={answer} />
      <Problem text={device.problem} />
      <DeviceButton look="soft wide" device={device} label={labels.sign_in} labels={labels} onClick={signIn} />
    </form>
  );
}

export function PasskeyAdder({ site, mostLetters, labels, onAdded }) {
  const [name, setName] = useState("");
  const device = useDevice(labels);
  if (!site) return <p className="muted settings-fine">{labels.no_address}</p>;
  if (window.location.origin !== site) {
    return (
      <p className="muted settings-fine">
        {filled(labels.elsewhere, { origin: site })} <a href={`${site}/settings`}>{site}</a>
      </p>
    );
  }
  if (!hasPasskeys()) return <p className="muted settings-fine">{labels.none}</p>;
  const add = () => device.run(async () => {
    const made = await create(await send("/api/passkeys/question", labels));
    await send("/api/passkeys", labels, { answer: made, name });
    setName("");
    onAdded();
  });
  return (
    <div className="passkeys">
      <Problem text={device.problem} />
      <label className="field">
        <span className="label">{labels.name}</span>
        <input className="input" type="text" autoComplete="off" dir="auto" maxLength={mostLetters} value={name}
          placeholder={labels.name_example} onChange={(event) => setName(event.target.value)} />
      </label>
      <div className="row">
        <DeviceButton look="soft small" device={device} label={labels.add} labels={labels} onClick={add} />
      </div>
    </div>
  );
}
