// Sign-in landing: takes the token out of the address's fragment, which no server, log or proxy ever sees.
(() => {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return;
  history.replaceState(null, "", location.pathname);
  document.getElementById("token").value = token;
  document.getElementById("paste").hidden = true;
  document.getElementById("ready").hidden = false;
  document.getElementById("continue").focus();
})();
