// Requests to our own origin.
import { setClock } from "./dom.js";

export class ApiError extends Error {
  constructor(status, message, remedy) {
    super(message);
    this.status = status;
    this.remedy = remedy ?? "";
  }
}

let csrf = "";

async function ask(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: method === "POST" ? { "content-type": "application/json", "x-csrf-token": csrf } : {},
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      redirect: "error",
    });
  } catch {
    throw new ApiError(0, "the radar does not answer", "is it running? It is tried again by itself.");
  }
  setClock(answer.headers.get("date"));
  if (answer.status === 204) return {};
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new ApiError(answer.status, said.error ?? `status ${answer.status}`, said.remedy);
  return said;
}

function take(session) {
  csrf = session.csrf;
  return session;
}

export const session = async () => take(await ask("GET", "/api/session"));
export const enter = async (token) => take(await ask("POST", "/api/session", { token }));
export const leave = () => ask("POST", "/api/session/end", {});

export function get(path, query = {}) {
  const wanted = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined);
  const text = new URLSearchParams(wanted).toString();
  return ask("GET", `/api/${path}${text && "?"}${text}`);
}

// A session may have ended meanwhile (another port, a restart): once more with a new one.
export async function act(name, body) {
  try {
    return await ask("POST", `/api/actions/${name}`, body);
  } catch (error) {
    if (error.status !== 403) throw error;
    await session();
    return ask("POST", `/api/actions/${name}`, body);
  }
}
