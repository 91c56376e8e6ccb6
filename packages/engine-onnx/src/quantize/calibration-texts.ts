/**
 * What the ranges of activations are found on: many kinds of text, scripts and lengths, since a range that no text has
 * reached is cut off. None of them is among the texts that a quantised model is judged by.
 */
const shortTexts: readonly string[] = [
  "",
  "ok",
  "Where is my parcel?",
  "The invoice from March was paid twice; please refund 249.90 EUR to the account ending in 4471.",
  "How do I reset my password if I no longer have access to the e-mail address?",
  "ERROR 2024-03-18T09:12:44Z worker[7]: connection reset by peer (ECONNRESET), retrying in 250 ms",
  "def mean(values):\n    return sum(values) / len(values) if values else 0.0",
  "SELECT name, COUNT(*) FROM orders WHERE created_at >= '2023-01-01' GROUP BY name ORDER BY 2 DESC LIMIT 10;",
  "https://www.example.org/search?q=blue+whale&page=3#results",
  "Bake the loaf for thirty-five minutes at 220 degrees, then let it cool on a rack before you slice it.",
  "The mitochondrion releases energy by oxidising glucose, which the cell stores as adenosine triphosphate.",
  "Tenant shall not assign this lease or sublet the premises without the prior written consent of the landlord.",
  "An interest rate of 4.25 % over ten years, with the first twelve months free of repayment.",
  "The patient reports intermittent chest pain radiating to the left arm, worse on exertion.",
  "Whales sing; their songs change from year to year and travel across oceans.",
  "In 1815 the eruption of Tambora darkened the sky, and the year that followed had no summer.",
  "the the the the the the the the the the the the",
  "!!!??? ... --- *** ### @@@",
  "1 2 3 4 5 6 7 8 9 10 100 1000 10000 3.14159 2.71828 6.022e23 -273.15",
  "A violin maker in Cremona chose spruce that had grown slowly on the north side of a valley.",
  "Der Zug nach Hamburg fährt heute ausnahmsweise von Gleis sieben ab.",
  "Les étoiles que l'on voit ce soir ont peut-être disparu depuis longtemps.",
  "El río baja crecido desde las montañas y nadie puede cruzar el puente viejo.",
  "Поезд опоздал на два часа из-за сильного снегопада.",
  "明日は雨が降るので、傘を持って行ってください。",
  "这家餐馆的面条很便宜,而且味道也不错。",
  "القهوة جاهزة والكتاب على الطاولة.",
  "वह हर सुबह नदी के किनारे टहलने जाती है।",
  "Το λιμάνι ήταν άδειο και η θάλασσα ήρεμη.",
  "오늘 회의는 오후 세 시로 미뤄졌습니다.",
  "🙂 great, thanks!!! see u tmrw 👍",
  'JSON: {"id": 17, "tags": ["a", "b"], "price": null, "nested": {"ok": true}}',
  "Newton's second law states that force equals mass times acceleration.",
  "The goalkeeper dived to the right and pushed the ball over the bar in the ninetieth minute.",
  "Please find attached the minutes of Thursday's meeting and the revised budget for the second quarter.",
  "Ceramic tiles, matt grey, 60 x 60 cm, frost-proof, suitable for underfloor heating, 1.44 square metres per box.",
  "She closed the shutters, lit the lamp, and read the letter a third time without sitting down.",
  "Photosynthesis; photosynthetic; photosynthesise; antidisestablishmentarianism; pneumonoultramicroscopic",
  "To be eligible, applicants must have lived in the district for at least three years and be over eighteen.",
  "The compiler rejects the program because the borrowed value does not live long enough.",
  "Turn left at the church, follow the lane for a mile, and you will see the mill on your right.",
  "Shares of the chip maker fell six per cent after it warned that demand for memory would stay weak.",
  '<div class="card"><h2>Opening hours</h2><p>Mon to Fri 9 am to 5 pm</p></div>',
  "Moss covered the north face of every stone, and the path was slippery with rain.",
  "What is the difference between a virus and a bacterium?",
  "Sodium chloride dissolves readily in water but hardly at all in ethanol.",
  "[CLS] [SEP] [PAD] [UNK] [MASK] </s> <s> <unk>",
  "Quarterly revenue: 12,400,000; cost of sales: 7,150,000; gross margin: 42.3 %.",
];

const longLength = 8;

/** The short texts, and long ones made of several. */
export const calibrationTexts: readonly string[] = [
  ...shortTexts,
  ...Array.from({ length: Math.ceil(shortTexts.length / longLength) }, (_, index) =>
    shortTexts.slice(index * longLength, (index + 1) * longLength).join("\n"),
  ),
  shortTexts.join(" "),
];
