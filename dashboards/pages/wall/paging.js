// What is on the screen when: offices and their desks in pages that a wall can show without
// scrolling. On a phone everything is on one page.

export const DESKS_A_PAGE = 20;
export const SERVICES_A_PAGE = 4;
export const PHONE = "(max-width: 900px)";

// Equal pages: 21 desks make 11 and 10, not 20 and 1.
function pages(all, most) {
  const count = Math.max(1, Math.ceil(all.length / most));
  const size = Math.ceil(all.length / count);
  return Array.from({ length: count }, (_, page) => all.slice(page * size, (page + 1) * size));
}

// Views of { office, desks, services }; services turn along with the desks.
export function viewsOf(offices, isPhone) {
  if (isPhone) return [offices.map((office) => ({ office, desks: office.desks, services: office.services }))];
  return offices.flatMap((office) => {
    const desks = pages(office.desks, DESKS_A_PAGE);
    const services = pages(office.services, SERVICES_A_PAGE);
    return Array.from({ length: Math.max(desks.length, services.length) }, (_, page) => [
      { office, desks: desks[page % desks.length], services: services[page % services.length] },
    ]);
  });
}

// Columns for tiles of about 16:10 on a field of about 2:1.
export function columnsFor(count) {
  return [1, 2, 2, 2, 3, 3, 4, 4, 3, 4, 4, 4][count - 1] ?? (count <= 16 ? 4 : 5);
}
