/** Sentences of daily life, by subject: each has relatives that say nearly the same and others that only share words. */
export const everydayTexts: readonly string[] = `
The ferry to the island leaves every two hours from the north pier.
The last boat back from the island goes at half past eight in the evening.
In rough weather the crossing is cancelled and passengers stay overnight.
Cars must be at the pier thirty minutes before the ferry departs.
Bicycles travel free of charge on all boats.
The harbour was built for fishing boats and is too shallow for larger ships.
A new lighthouse replaced the old one after the storm of that winter.
Seagulls follow the fishing boats into the harbour every morning.
The captain refused to sail because the engine made a strange noise.
Tickets for the crossing can be bought on board or at the kiosk.
She rowed across the lake before anyone else was awake.
The sailing school teaches children from the age of eight.
Boil the potatoes until a knife goes through them easily.
Mash the potatoes with butter, warm milk and a little nutmeg.
Leave the stew on a low flame for at least three hours.
The meat is done when it falls apart under a fork.
Whisk the egg whites until they stand in stiff peaks.
Fold the flour into the eggs without stirring out the air.
Bake the cake in the middle of the oven for forty minutes.
If the cake browns too early, cover it with paper.
A pinch of sugar takes the sharpness out of tomato sauce.
Fresh basil goes in at the very end, never while it cooks.
Rinse the rice three times until the water stays clear.
The bread was still warm when we bought it at the corner bakery.
My grandmother never wrote down a recipe in her life.
The restaurant has no menu; the cook tells you what there is.
Plant the tulip bulbs before the first frost, twice as deep as they are high.
Roses should be cut back hard at the end of winter.
Tomatoes need a warm wall and a great deal of water.
Slugs ate all the lettuce within a single night.
Coffee grounds keep slugs away from young plants.
The old apple tree has not borne fruit for three years.
We picked forty kilos of apples and pressed them into juice.
Bees pollinate the orchard in the two weeks when it blooms.
The hedge must not be trimmed while birds are nesting in it.
Water the garden in the evening, not in the heat of noon.
Moss grows on the north side of the roof, where the sun never comes.
A hailstorm broke the glass of the greenhouse last summer.
Compost is ready when it smells of forest soil.
The doctor told him to walk for half an hour every day.
A daily walk lowers the risk of heart disease.
Take the tablets with food, twice a day, for one week.
Do not drive after taking this medicine, as it can make you drowsy.
The wound should be kept dry and covered for three days.
Her fever went down after the second night.
If the fever lasts for more than three days, see a doctor.
The dentist found two small cavities and filled both.
He broke his wrist when he slipped on the icy steps.
The cast stays on for six weeks, then exercises begin.
Washing your hands is the simplest protection against infection.
She has been allergic to nuts since she was a child.
The pharmacy on the square is open all night this week.
Vaccination against influenza is offered free of charge in October.
The team won the final in the last minute of extra time.
Their goalkeeper saved two penalties and was carried off the field.
The match was abandoned after lightning struck near the stadium.
She ran her first marathon at the age of fifty-two.
The runners crossed the old bridge at the thirtieth kilometre.
Our swimming club trains on Tuesday and Thursday evenings.
He learned to swim only when he was already forty.
The referee showed the red card and the crowd whistled.
The climbers turned back two hundred metres below the summit.
An avalanche has blocked the road over the pass.
The pass is closed to traffic from November until May.
The mountain hut has forty beds and serves soup all day.
Chess players may not speak during the game.
She sacrificed her queen and gave mate three moves later.
The violinist tuned her instrument while the hall filled.
The orchestra played the symphony without a conductor.
Nobody clapped between the movements of the symphony.
The choir is looking for tenors and basses; no audition is needed.
He practises the piano for two hours before breakfast.
The painter used the same blue in every picture of those years.
The exhibition shows drawings that were never sold in his lifetime.
Photography is not allowed in the exhibition rooms.
The film was shot in nine days with a borrowed camera.
The sequel is longer, louder and worse than the first film.
Her novel is told backwards, from the funeral to the wedding.
I could not put the book down until I knew who had done it.
The library charges a small fee for each day a book is overdue.
You may renew a borrowed book twice unless somebody has reserved it.
The poem describes a river that forgets where it came from.
The theatre gives free seats to students ten minutes before the curtain.
The actor forgot his lines and made up better ones.
The puppy chewed through the cable of the lamp.
Our dog barks at the vacuum cleaner and at nothing else.
A cat can squeeze through any gap that is wider than its head.
The neighbour's cat comes to us whenever it rains.
The horse refused the third fence and threw its rider.
Swallows return to the same barn every spring.
The owl hunts by ear and hears a mouse under the snow.
Wolves have come back to the forest after a hundred years.
Farmers ask for money when wolves kill their sheep.
The salmon swim up the river to the place where they hatched.
Fish ladders help salmon to get past the dam.
The dam holds back enough water for a dry summer.
The river has not been so low since measurements began.
Below the weir the water is deep, and bathing is forbidden.
The gauge under the bridge shows the level of the water every hour.
When the gauge passes four metres, the fire brigade is warned.
Volunteers filled sandbags all night to protect the old town.
The cellar was under water, but the books upstairs stayed dry.
It snowed so much that the school stayed closed for a week.
Black ice is expected on the roads tomorrow morning.
The heat wave will end with thunderstorms on Saturday.
Fog delayed all flights until the early afternoon.
The flight to Lisbon leaves from gate twelve instead of gate four.
Passengers with small children may board first.
One piece of hand luggage and a small bag are included in the fare.
My suitcase arrived two days after I did.
The night train has sleeping cars and a breakfast carriage.
The train stopped in a tunnel for an hour without any explanation.
Change trains at the next station; the connection waits for six minutes.
A bus replaces the train between the two stations until Sunday.
The tram is free on the first Saturday of every month.
The hotel keeps luggage after check-out at no charge.
Breakfast is served from seven to ten in the room with the piano.
The room was clean, but the street below was loud until dawn.
We asked for a quieter room and got one facing the courtyard.
The landlord must repair the heating within three days.
The rent includes water but neither gas nor electricity.
Give notice three months before you want to move out.
The flat has two rooms, a small kitchen and a balcony to the south.
The lift has been out of order since the middle of last week.
The roof leaks above the stairs whenever the wind comes from the west.
The plumber came on Sunday and charged twice his usual rate.
Die Bibliothek ist am Sonntag von elf bis sechzehn Uhr offen.
Am Montag bleibt das Museum geschlossen.
Der Zug nach Hamburg hat eine Stunde Verspätung.
Wegen des Schnees fahren heute keine Busse.
La bibliothèque est ouverte le dimanche à partir de onze heures.
Le train pour Lyon partira avec une heure de retard.
Le musée est fermé le lundi et les jours fériés.
Il faut laisser reposer la pâte pendant une heure.
La biblioteca abre los domingos a las once.
El tren a Sevilla sale con una hora de retraso.
La masa debe reposar una hora en un lugar cálido.
El museo cierra los lunes.
`
  .trim()
  .split("\n");
