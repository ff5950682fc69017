/** Between our questions, which are JSON, and `navigator.credentials`, which wants and gives bytes. */

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

export const hasPasskeys = () => window.isSecureContext && "PublicKeyCredential" in window && Boolean(navigator.credentials);

/** What the server says to this; throws with its sentence. */
export async function send(path, labels, body = undefined) {
  const answer = await fetch(path, {
    method: "POST",
    ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error ?? labels.unreachable);
  return said;
}

/** Extensions that keep passkeys give objects without the browser's own `toJSON`. */
const written = (credential, parts) =>
  JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: Object.fromEntries(
      parts.filter((part) => credential.response[part]).map((part) => [part, text(credential.response[part])]),
    ),
  });

/** The answer to a question that makes the device create a passkey. */
export async function create(question) {
  const publicKey = {
    ...question,
    challenge: bytes(question.challenge),
    user: { ...question.user, id: bytes(question.user.id) },
    excludeCredentials: question.excludeCredentials.map((known) => ({ ...known, id: bytes(known.id) })),
  };
  return written(await navigator.credentials.create({ publicKey }), ["clientDataJSON", "attestationObject"]);
}

/** The answer to a question that any passkey of this site can sign. */
export async function use(question) {
  const publicKey = { ...question, challenge: bytes(question.challenge), allowCredentials: [] };
  const parts = ["clientDataJSON", "authenticatorData", "signature", "userHandle"];
  return written(await navigator.credentials.get({ publicKey }), parts);
}

const SENTENCES = { InvalidStateError: "known", NotSupportedError: "unable", ConstraintError: "unable" };

/** Browsers and devices say in words of their own, or not at all, why they did nothing. */
export function sentenceOf(error, labels) {
  if (error instanceof DOMException) return labels[SENTENCES[error.name] ?? "cancelled"];
  return error instanceof TypeError ? labels.unreachable : error.message;
}
