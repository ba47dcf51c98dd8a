// What stays on the device over days without a network and over restarts: its key, and votes to send.

const opened = new Promise((resolve, reject) => {
  const asked = indexedDB.open("semko-kiosk", 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("settings");
    asked.result.createObjectStore("votes", { keyPath: "event_id" });
  };
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});

async function within(store, mode, work) {
  const transaction = (await opened).transaction(store, mode, { durability: "strict" });
  const asked = work(transaction.objectStore(store));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(asked?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export const setting = (name) => within("settings", "readonly", (all) => all.get(name));
export const set = (name, value) => within("settings", "readwrite", (all) => all.put(value, name));
export const unset = (name) => within("settings", "readwrite", (all) => all.delete(name));

export const keep = (vote) => within("votes", "readwrite", (all) => all.put(vote));
export const kept = () => within("votes", "readonly", (all) => all.getAll());
export const forget = (ids) =>
  within("votes", "readwrite", (all) => {
    for (const id of ids) all.delete(id);
  });
