import { splitText } from "./split-text.ts";
import type { TextSet } from "./text-set.ts";

/**
 * English prose for a run without texts of its own: each begins with another paragraph and goes on with those after
 * it, round and round, until it has about `characters`.
 */
export function createBuiltInTexts(options: { readonly characters: number }): TextSet {
  const { characters } = options;
  const texts = paragraphs.map((_, first) => {
    let text = "";
    for (let index = first; text.length < characters; index += 1)
      text += `${text === "" ? "" : "\n\n"}${paragraphs[index % paragraphs.length]!}`;
    return splitText(text, characters)[0]!;
  });
  return { source: "built-in English paragraphs", texts };
}

const paragraphs: readonly string[] = [
  `A weir is a low wall across a river. The water backs up behind it, slows, and then falls over the edge in a sheet whose depth tells how much is flowing. People have built them for two reasons as long as there have been mills: to keep enough water in hand for a dry week, and to know what they have. The measuring came second, but it outlived the mills.`,
  `The bakery on the corner opens at six, though the ovens are lit at two. By the time the first customers come in from the tram there are forty loaves on the shelf, and the second dough is already resting. On Saturdays the queue reaches the door. The baker has noticed that people wait gladly for ten minutes when they can see the line move, and leave after three when they cannot.`,
  `When a ferry is full it leaves, and when it is empty it waits. Everybody on the island knows this, and arranges the day around it. A visitor who asks for the timetable is shown a board with the hours painted on it in white; nobody remembers who painted it. The board is right in winter, when one boat runs, and wrong on every day that anybody would want to look at it.`,
  `Sorting a library is easier than finding a rule by which to sort it. By author, and the atlases end up between poets. By size, and the shelves look fine until somebody asks for a book. Most people settle on a rough order with a few exceptions that only they understand, and this works for as long as they live alone. The catalogue exists for the day when a second person moves in.`,
  `Rain gauges are simple instruments with difficult lives. Leaves fall into them, birds sit on them, and the wind carries drops across the opening that ought to have gone in. A gauge on a roof reads less than one in a meadow fifty steps away. Anyone who wants to know how much it rained has to know first where the gauge stands, who empties it, and what it did in last year's storm.`,
  `A good workshop has a place for every tool and a wall that shows at a glance which ones are missing. The outline of the plane is painted where the plane belongs. Nobody has to be told to put it back, because the empty shape says so all day long. What cannot be hung up is kept in drawers, and every drawer carries a label in the handwriting of the person who opens it most.`,
  `The telephone exchange of the town once employed nine operators in the morning and three at night. They could tell, from the number of lamps that glowed, whether there was a fire somewhere. On ordinary days the calls came in by themselves, each without regard to the others, and yet the number in an hour hardly changed from one week to the next. A mathematician made a theory of this.`,
  `Trees along the avenue were planted in the same spring and are by now of very different sizes. The ones near the fountain had water in the dry years. The ones by the stop had salt in the hard winters. If you only measure their height you learn little about trees; if you measure it together with where they stand, you learn nearly everything that happened to the street since then.`,
  `To find a fault in a long wire, test it in the middle. If the near half is sound, the trouble lies beyond; if not, it lies before. Halve again. Twelve steps are enough for four thousand places, and nobody has to climb every pole. The method fails only when there are two faults, or when the wire is sound and the bell is broken, which is why one listens to the bell first of all.`,
  `Letters used to be sorted on the train while it moved. Two clerks stood before a wall of pigeonholes and threw the envelopes in without looking, for they knew the wall as one knows a staircase in the dark. At each station a sack went out and another came in. The train was never faster than other trains, but a letter posted in the evening was on the breakfast table at the other end.`,
  `The pool is open to swimmers of any speed, with three lanes for it: slow, medium and fast. Each new guest picks a lane by watching for a while. In the fast lane one slow swimmer holds up everybody; in the slow lane a fast one bothers nobody but himself. The attendant, who has seen it all, says that the lanes are not for the swimmers, but for the people who would otherwise argue.`,
  `Bread, salt, soap, lamp oil, two needles, thread in white and black, and if there is any left, a quarter of coffee. The list was found in the pocket of a coat that had hung in the attic for eighty years. It is not known whether everything on it was bought. The ink of the last item is a little darker than the rest, as though somebody had gone over it a second time, in hope.`,
  `Before the bridge was opened it was tested with carts of stone, one after the other, until the whole length of it was loaded. The engineer stood below in a boat. It was not required that he stand there, and he gave no reason. The bridge sank by the width of a thumb and came up again by the same width, and the measurements, which he had taken himself, were printed in the paper.`,
  `Every clock in the station shows the same time, because only one of them is a clock. The others are hands that are moved by a wire once a minute. When the master clock stops, all of them stop together, and the hall looks as punctual as ever. The staff carry watches. They are told to trust the hall clock, and do so, after they have compared it with the watch for the first time each day.`,
];
