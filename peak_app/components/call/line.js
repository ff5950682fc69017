/** Standing in line for a place on a bridge. */

/**
 * Open a call; while all places are taken, ask again and again.
 * @param open one attempt; throws Refused
 * @param rest the wait between two attempts
 * @param waiting told the place in line
 */
export async function openInTurn({ open, rest, isClosed, waiting }) {
  for (let place = 0; !isClosed(); ) {
    try {
      await open();
      return;
    } catch (error) {
      // Someone who stands in line stays there although one answer is late.
      if (isClosed() || error.isFinal !== false || !(error.place || place)) throw error;
      place = error.place || place;
      waiting(place);
    }
    await rest();
  }
}
