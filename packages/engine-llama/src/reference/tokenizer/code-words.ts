/*
 * What source code, JSON and mark-up hold beside English words. Written for the reference tokenizer, which only has to
 * cut such texts about as finely as a trained one does.
 */

/** Words of programming languages and their libraries, more frequent ones roughly first. */
export const codeWords: readonly string[] = split(`
return const import from export function class this new null true false undefined async await let var void type string
number boolean int float double char byte bool long short unsigned signed static public private protected readonly
interface enum struct extends implements abstract final default case switch break continue throw throws try catch
finally else elif def self init args kwargs lambda yield pass raise except assert None True False print len range list
dict tuple str repr super isinstance typeof instanceof in of as is not and or end begin do while for foreach if unless
then fn mut pub impl trait use mod crate match some none ok err unwrap vec func package go chan defer map make nil
fmt println printf sprintf scanf malloc free sizeof include define ifdef ifndef endif pragma typedef union namespace
using template typename std cout cin endl vector iterator nullptr constexpr override virtual explicit inline extern
object array length push pop shift slice splice filter reduce forEach find index indexOf join split concat keys values
entries sort reverse replace trim toString parse stringify JSON Math Date Promise Error Object Array String Number Map
Set console log error warn info debug trace module require exports process env path file files dir directory buffer
stream request response req res err data body header headers method status code url uri http https host port query
param params option options config settings value values key name id idx item items node nodes list size count total
max min sum avg start stop end first last next prev current offset limit width height left right top bottom margin
padding color font style div span html css href src img alt input output button form label select table tr td th ul li
nav main footer section article script link meta title head user users account password token auth session cookie cache
client server socket connect connection listen emit event events handler callback listener message messages chat model
models content role system assistant tool tools tool_calls arguments properties required description additionalProperties
schema items enum oneOf anyOf format prompt completion completions usage text texts reasoning stop temperature top max_tokens
test tests expect describe it should equal equals toBe toEqual mock fixture beforeEach afterEach suite assertEquals
get set put post patch delete add remove update create read write open close load save insert select where order group
by having join inner outer on into values from table database db sql column row rows primary foreign key references
varchar integer timestamp datetime date time timeout interval delay duration ms sec seconds minutes hours days utc
now today year month day week hour minute second float32 float64 int8 int16 int32 int64 uint8 uint32 uint64 usize
i32 i64 u8 u32 u64 f32 f64 Vec Option Result Some None Ok Err Box Rc Arc String HashMap impl dyn ref clone iter
collect into_iter unwrap_or expect panic todo unreachable derive Debug Clone Copy Default PartialEq Eq Hash Ord serde
numpy np pandas pd df torch nn tensor shape dtype axis zeros ones random seed train loss epoch batch batch_size lr
optimizer layer layers weight weights bias hidden input_ids attention mask logits softmax embedding embeddings vocab
tokenizer encode decode encoder decoder hash md5 sha256 base64 utf8 utf-8 ascii hex bin json yaml toml xml csv txt md
js ts tsx jsx py rb rs cpp hpp java kt swift sh bash zsh npm npx node deno bun yarn pip cargo git github commit branch
merge push pull clone repo repository docker image container build run deploy release version license readme changelog
src lib dist bin tmp usr etc home www com org net io dev api app apps core util utils helper helpers common shared
component components page pages view views controller service services provider store state props render useState
useEffect useRef useMemo onClick onChange className children element document window addEventListener querySelector
localhost null void main argv argc stdin stdout stderr exit errno mutex lock unlock thread threads spawn async sync
queue stack heap tree graph edge vertex depth visited result results ret tmp temp val vals obj arr str num ptr ctx
cfg opts msg evt cb fn func args argc params attr attrs elem el doc req res conn addr ip tcp udp dns tls ssl cert
TODO FIXME NOTE GET POST PUT DELETE HTTP HTTPS URL API ID SQL HTML CSS CPU GPU RAM UTF UUID README MIT SELECT FROM
WHERE INSERT UPDATE CREATE TABLE NULL NOT AND OR LIKE JOIN ORDER BY GROUP LIMIT VALUES INTO SET ERROR WARN INFO DEBUG
`);

/** Runs of signs, as they stand between words of code. */
export const signRuns: readonly string[] = split(`
() (); ) ); ){ }) }); )); ))) )) ({ ([ [] [] [0 ]) ]; ], }, {} }; }} {{ )}; }, => -> :: := == === != !== <= >= && ||
++ -- += -= *= /= %= |= &= ^= << >> >>> <<< ** // /// /* */ /** **/ <!-- --> </ /> "> '> "/> ?. ?? ??= !( (! (( ... ..
.. ./ ../ :// :" ": "," ", "} "} {" [" "] '] [' (' ') ("  ") ") "); '); "); ', ', ',' \`; \`) \${ #{ @@ ## ### #### ----
-------- ---------------- ==== ======== ================ ____ ~~~ \`\`\` \`\` -- --- *** ... .... $( $_ %d %s \\n \\t \\" \\\\ \\' \\u
"} "}} "}, "]} "], ]} }] }], ]}, ":" ":{" {"" ":[ ":[{" ":{ ,"" :[ :{ }}} }})  ")) "))) '))  ')) ()) ()), (), ().  ()) ()); ())) )):
): "): '): ()): [:] [- -1 +1 <> </> |- -| || |  :: ;; ;} ,) ,} ,] !" ?" ." ." ," .) ,) ;) :) ?) !) .' ,' '. ". "; '; "? !! ?? ?!
`);

/** Signs that stand before a word and are cut together with it. */
export const wordPrefixes: readonly string[] = [
  ".",
  "_",
  "(",
  '"',
  "'",
  "/",
  "-",
  "$",
  "@",
  "<",
  "[",
  "\t",
  "{",
  "#",
  "`",
];

function split(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
