/** Sentences of work, science and offices, as {@link everydayTexts} has them of daily life. */
export const workingTexts: readonly string[] = `
The server answers with status 503 and says when to come back.
A client that gets status 503 should wait before it tries again.
The request timed out because the database was locked.
Two transactions wait for each other and neither can go on.
An index on the column made the query forty times as fast.
The query reads the whole table because no index fits.
Backups are taken every night and kept for thirty days.
A backup that was never restored is only a hope.
Restore the database from last night's backup before you go on.
The program crashes when the list is empty.
An empty list must give an empty result and no error.
The function returns undefined where nothing was found.
Write the test first, watch it fail, then make it pass.
The test passes on my machine and fails on the build server.
The build broke after the compiler was updated.
Update the dependencies once a month and read their change notes.
The library has a security hole; install the fixed version today.
Passwords are stored as salted hashes and never in plain text.
Change your password if you have used it anywhere else.
To reset your password, follow the link that we have sent you.
The link for resetting the password is valid for one hour.
I did not receive the message with the link.
My account was locked after three wrong passwords.
Two-factor authentication is required for all administrators.
The certificate expires in nine days and is renewed automatically.
The connection is encrypted from the browser to the server.
The cache keeps answers for five minutes unless they change.
Clear the cache if you still see the old page.
Most requests are answered from the cache in less than a millisecond.
The processor waits for memory most of the time.
More threads do not help once the memory bus is full.
Text embeddings place sentences with a like meaning near each other.
Sentences that mean the same get vectors that point the same way.
The cosine of the angle between two vectors tells how alike they are.
The model was trained on pairs of questions and answers.
A smaller model is faster and nearly as good for short texts.
The weights are rounded to eight bits, which makes the file four times smaller.
Rounding the weights changes the results only slightly.
Search finds documents by their meaning and not only by their words.
The search box shows results while you are still typing.
No results were found; check the spelling or use fewer words.
The page shows twenty results, sorted by date.
Click on the column's name to sort the table by it.
The table can be exported as a spreadsheet.
The chart shows sales by month for the last two years.
Sales fell by eight percent in the second quarter.
Profits rose although the company sold fewer cars.
The company will close its factory in the north by the end of the year.
Six hundred people will lose their jobs when the factory closes.
The union has called for a strike on Monday.
Both sides will meet again on Thursday to talk about wages.
The board approved the budget with one vote against.
The meeting was moved from Tuesday to Wednesday at ten.
Please send me the agenda before the meeting.
The minutes of the last meeting are attached.
I shall be on leave until the ninth and answer after that.
In urgent cases call my colleague on the number below.
Thank you for your application; we shall answer within two weeks.
We regret that the position has been filled.
The contract runs for one year and is extended unless somebody ends it.
Either party may end the contract with three months' notice.
The invoice is due within thirty days without any deduction.
We have not yet received your payment for the invoice of May.
If you have paid in the meantime, please ignore this reminder.
The amount was charged twice and one of them will be paid back.
You can return the goods within fourteen days without giving reasons.
Returns are free if the article is damaged or wrong.
The parcel was damaged when it arrived, and the vase was broken.
The delivery comes between eight and noon; nobody has to sign.
The courier left the parcel with the people next door.
The battery lasts for about nine hours of normal use.
Charge the battery fully before you use the device for the first time.
The device switches itself off when it becomes too hot.
Hold both buttons for ten seconds to start the device afresh.
The printer is out of paper, though the tray is full.
The warranty does not cover damage caused by water.
The interest rate was raised by a quarter of a point.
Higher interest makes loans more expensive for house buyers.
The central bank expects prices to rise more slowly next year.
Inflation has fallen to its lowest level in four years.
The currency lost a tenth of its value within a week.
The court ruled that the law violates the constitution.
The judge adjourned the trial until the witness had recovered.
The witness could not remember the colour of the car.
The police are looking for witnesses of the accident on the ring road.
Two people were slightly injured when a lorry overturned.
The defendant was acquitted for lack of evidence.
Parliament passed the law with a large majority.
The minister resigned over the misuse of public money.
The election will be held on the second Sunday in September.
Every citizen who is eighteen or older may vote.
Turnout at the election was higher than ever before.
The treaty was signed by thirty-one states.
The town council wants to turn the car park into a square with trees.
Residents protest against the felling of the plane trees.
Light travels about three hundred thousand kilometres in a second.
Nothing can move faster than light in empty space.
The planet orbits its star in only four days.
The telescope found water vapour in the air of a distant planet.
The moon always shows the same face to the earth.
Tides are caused by the pull of the moon and the sun.
The probe will reach the comet after a voyage of ten years.
Water expands when it freezes, which is why ice floats.
Iron rusts when it is exposed to water and air.
Salt lowers the temperature at which water freezes.
Copper conducts electricity better than iron does.
The reaction gives off heat and must be cooled.
A catalyst speeds up a reaction without being used up.
Plants turn sunlight, water and carbon dioxide into sugar.
Cells get their energy from sugar and oxygen.
The gene is switched off in the cells of the liver.
Bacteria become resistant when antibiotics are used too often.
The new antibiotic works against bacteria that resist all others.
The study followed four thousand people for twelve years.
The effect vanished when the study was repeated with more people.
The difference is too small to be more than chance.
A correlation does not show that one thing causes the other.
The glacier has lost a third of its ice within thirty years.
The sea level rises because the ice melts and the water warms.
Wind and sun supplied half of the country's electricity last year.
The power station is switched on only when there is no wind.
A heat pump needs a third of the electricity of a plain heater.
Insulating the roof saves more energy than new windows do.
Paper, glass and metal are collected apart from other waste.
The plastic is sorted, melted and made into new bottles.
The aqueduct brought water from the hills to the Roman town.
The Romans built roads that are still in use today.
The castle was besieged for two years before it fell.
The city wall was torn down to make room for a boulevard.
The printing press made books cheap enough for ordinary people.
Monks copied books by hand before printing was invented.
The plague killed a third of the people within four years.
The treaty ended a war that had lasted for thirty years.
The archive holds letters that have never been published.
The oldest map of the town shows a mill where the station is now.
The teacher explained fractions with the help of a cake.
Pupils hand in their homework on Friday at the latest.
The examination lasts three hours; dictionaries are allowed.
She passed the examination with the best mark of her year.
The university offers evening courses for people who work.
A grant pays the fees of students from poor families.
def add(a, b): return a + b
const total = items.reduce((sum, item) => sum + item.price, 0);
SELECT name, price FROM products WHERE price < 20 ORDER BY price;
Error: expected a number, got the text "twelve" in line 40.
Line 40 of the file has the text "twelve" where a number belongs.
Der Rechner startet neu, sobald das Update installiert ist.
Bitte überweisen Sie den Betrag innerhalb von dreißig Tagen.
Veuillez régler la facture dans un délai de trente jours.
La factura vence en un plazo de treinta días.
`
  .trim()
  .split("\n");
