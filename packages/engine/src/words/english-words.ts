/*
 * Common English words, by kind, more frequent ones roughly first. Written for the reference tokenizer, which only has
 * to cut English prose about as finely as a trained one does. A star marks a last letter that doubles (stop*: stopped).
 */

/** Words that take no endings, and forms that no rule makes. */
export const plainWords: readonly string[] = split(`
the of and to in a is that for it as was with be by on not he i this are or his from at which but have an had they
you were their one all we can her has there been if more when will would who so no she other its may these what them
than some him time into only do such my new about out also two any up first could our then most see me should after
said your very between made many over did like those now even before must how through back where much while us own
each just way because same well here too both never being down under still every without another does might since
again off however few upon against during within though always often once until per around among yet thus rather
quite almost perhaps whether either neither nor above below across along behind beyond beside besides despite except
inside near onto outside past throughout toward towards underneath unless unlike via versus whatever whenever
wherever whoever whom whose why himself herself itself myself yourself themselves ourselves someone somebody
something somewhere sometimes anyone anybody anything anywhere everyone everybody everything everywhere nobody
nothing nowhere none else ever already soon later ago today tomorrow yesterday tonight maybe indeed instead
therefore hence moreover furthermore meanwhile otherwise nevertheless nonetheless afterwards anyway altogether
together apart aside away forward backward forth hereby herein hereinafter thereof thereby therein thereto whereas
whereby wherein herewith thou thee thy thine hath doth shall shalt ye o oh ah nay lest ere amid amongst albeit aloud
alike alive alone afraid ahead asleep awake am went gone came done saw seen took taken gave given got gotten knew
known thought told found felt left kept held brought bought caught taught sought fought built sent spent lent bent
meant dealt leapt slept wept swept crept began begun ran sang sung rang rung drank drunk sank sunk swam swum wrote
written rode ridden rose risen drove driven broke broken spoke spoken woke woken chose chosen froze frozen stole
stolen wore worn tore torn bore born borne swore sworn flew flown grew grown threw thrown blew blown drew drawn
shook shaken forgot forgotten hid hidden bit bitten ate eaten fell fallen beat beaten became understood stood lost
shot shone won hung stuck struck led fed bled bred fled met sold paid laid lain heard lay sat set cut put let hit
hurt shut split spread cast cost bound ground wound slid hundred thousand million billion zero three four five six
seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty
fifty sixty seventy eighty ninety second third fourth fifth sixth seventh eighth ninth tenth half twice double
monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
october november december english french german italian spanish greek latin russian chinese japanese american
british european england london paris france germany spain italy russia china japan india africa america europe york
john james william mary george thomas charles henry robert david men women children people feet teeth mice geese
lives wives knives leaves wolves shelves data media criteria phenomena less least better best worse worst further
farther furthest elder eldest last next several enough ll ve re isn aren wasn weren don doesn didn wouldn couldn
shouldn hasn haven hadn t s d m etc eg ie vs mr mrs dr st cannot sure due regardless according accordingly
especially mostly slightly probably having doing comes goes others multiple latter self overall eventually ones
merely hardly scarcely presumably hitherto whichever inasmuch notwithstanding hereafter thereafter thereupon
whereupon wherefore
`);

export const verbs: readonly string[] = split(`
use make say go get take know think look want give find tell work call try ask need feel become leave put* mean keep
let* begin* seem help talk turn start show hear play run* move live believe hold bring happen provide sit* stand
lose pay meet include continue set* learn change lead understand watch follow stop* create speak read allow add
spend grow open walk win* offer remember love consider appear buy wait serve die send expect build stay fall cut*
reach kill remain suggest raise pass sell require report decide pull return explain hope develop carry break receive
agree support hit* produce eat cover catch draw choose cause point listen realize place close involve increase write
measure apply describe contain define determine compute load store save print test check compare reduce improve
solve represent indicate identify assume accept achieve act address admit* affect aim announce answer argue arrange
arrive assign assist attach attack attempt attend attract avoid base beat bend bind blow boil borrow brush burn bury
calculate cancel care challenge charge chase cheer claim clean clear climb collect combine comfort commit* complain
complete concern conclude conduct confirm connect consist construct consult control* convert convince cook copy
correct cost count crash cross cry damage dance deal declare decrease defend deliver demand deny depend derive
deserve design desire destroy detect differ direct disappear discover discuss display distribute divide double doubt
dream dress drink drive drop* dry earn emerge employ enable encourage end enjoy ensure enter escape establish
estimate evaluate examine exceed exchange execute exist expand explore express extend extract face fail fear feed
fight fill fit* fix float flow fly fold force forget* form found free function gain gather generate govern grant
greet grip* guard guess guide handle hang hate head hide hire hunt hurry ignore imagine implement imply impose
impress influence inform insert insist install intend introduce invent invest invite issue join judge jump justify
kick kiss knock label lack land last laugh launch lay lean leap lend lie lift limit link list lock log* maintain
manage mark match matter melt mention mind miss mix modify monitor multiply name note notice obey observe obtain
occur* operate order organize own pack paint park permit* persuade pick plan* plant please possess post pour
practise pray predict prefer* prepare present preserve press pretend prevent proceed process promise promote propose
protect prove publish punish purchase push quote rain range rate react recognize recommend record recover refer*
reflect refuse regard register reject relate release rely remind remove repair repeat replace reply request rescue
research reserve resist resolve respect respond rest restore result retain reveal ride ring rise roll rub* rule rush
sail satisfy scale search seek select separate settle shake shape share shine shoot shout shut* sign sing sink skip*
sleep slide slip* smell smile smoke sort sound speed spin* split* spread stare state steal step* stick strike strip*
struggle study submit* succeed suffer suit supply suppose surprise surround survive suspect swim* swing switch tear
teach tend thank threaten throw tie touch trace track trade train transfer* transform translate travel treat tremble
trust type unite update vary view visit vote wake wander warn wash waste wear weigh whisper wish wonder worry wrap*
yield accelerate allocate append assert batch benchmark block boot buffer cache clone compile compress configure
crawl debug* decode delete deploy disable download embed* emit* encode encrypt enqueue export fetch filter flush
format hash host import index initialize inspect invoke iterate merge normalize optimize overflow overlap* override
parse patch poll profile query queue refresh render reset* restart retry route sample scan* schedule serialize shift
simulate spawn stream swap* sync terminate throttle token trigger truncate tune upload validate comment specify
license access automate upgrade restrict exclude omit* expose capture consume bundle map* associate edit fork
redistribute reproduce incorporate enclose qualify notify contribute convey perform inspire inherit comply depart
forgive rejoice despise trespass abide dwell pursue arise cease endure
`);

export const nouns: readonly string[] = split(`
year day man world life hand part place case week company system program question work government number night point
home water room mother area money story fact month lot right book eye job word business issue side kind head house
service friend father power hour game line end member law car city community name president team minute idea body
information parent face level office door health person art war history party result change morning reason research
girl guy moment air teacher force education foot boy age policy music process mind sense nation plan college
interest death experience effect use class control field development role effort rate heart drug show leader light
voice wife police price report decision son view relationship town road arm difference value building action season
society tax director position player record paper space ground form event official matter center couple site project
activity star table need court oil situation cost industry figure street image phone picture practice piece land
product doctor wall patient worker news test movie north south east west love mouth bed order brother sister
daughter husband king queen prince lord lady gentleman master servant soldier captain army ship sea river mountain
hill valley forest tree flower leaf root seed grass garden farm village church school university student science
nature earth sky sun moon rain snow wind storm cloud fire stone rock sand gold silver iron wood glass metal steel
coal gas food bread meat fish fruit apple milk wine tea coffee salt sugar egg bird dog cat horse cow sheep lion wolf
bear mouse animal plant insect child baby woman family people language letter page sentence chapter title author
reader poet poem song verse novel pen ink key lock window floor roof corner chair desk lamp clock box bag bottle cup
plate knife spoon cloth coat hat shoe shirt dress ring jewel crown sword gun blood bone skin hair ear nose tooth
tongue neck shoulder back chest stomach knee finger brain spirit soul god heaven hell angel devil priest prayer
faith truth lie secret dream hope fear joy sorrow pain anger pride shame honour honor glory fame fortune wealth debt
bank market trade shop store customer sale quality quantity amount size length width height weight depth distance
speed temperature degree angle circle square triangle surface volume mass energy pressure motion wave sound color
colour shade shape pattern model theory method principle rule example exception condition cause purpose goal target
aim task step stage phase period century decade date calendar future past present beginning middle top bottom front
edge border limit boundary range scale unit group set list series sequence row column matrix vector element node
graph path branch function variable constant parameter argument type object property attribute file folder directory
document text string character symbol digit integer fraction percent average sum total ratio equation formula
solution problem error mistake fault failure success accident danger risk safety security protection attack defense
weapon battle victory defeat enemy ally peace treaty agreement contract license permission duty obligation
responsibility authority influence command instruction advice warning message notice signal sign mark label address
code password account user client server computer machine device tool instrument engine motor wheel vehicle train
plane boat bridge station airport hotel restaurant hospital library museum theater camera radio television telephone
internet network connection link web website browser application software hardware algorithm database memory disk
processor core thread queue stack buffer cache batch request response header packet port socket protocol interface
session token certificate version release update patch bug feature option setting configuration default environment
platform package module framework component instance handler listener callback stream input output format layout
template style pixel video audio frame layer bias gradient tensor dimension embedding attention transformer corpus
dataset sample metric score accuracy precision recall loss latency throughput bandwidth capacity load benchmark
measurement percentile median mean variance deviation distribution histogram interval confidence hypothesis
experiment observation conclusion evidence proof theorem definition notation appendix reference citation footnote
paragraph section article journal magazine newspaper editor publisher copyright warranty liability damage fee
contributor licensor licensee recipient clause provision derivative modification contribution copy source term
subject thing knowledge material standard performance implementation behavior behaviour syntax coverage addition
content dependency compatibility expression statement replacement execution choice badge flag specification maximum
minimum description entry validation comparison context location mechanism repository limitation combination
approach detail keyword item foundation scope overhead script extension medium operation collection summary logic
functionality storage absence representation detection byte operator requirement utility resource entity creation
exercise freedom assignment existence namespace convenience tab mode convention ability scenario assertion contrast
guarantee discussion timeout variant intent patent facility improvement substitution factory agent proposal impact
discovery engineering possibility majority consistency benefit slash domain management explanation duration division
ambiguity optimization correction formatter hook occurrence punctuation pipeline edition union manner lifecycle
efficiency inference expansion ecosystem architecture grammar translation royalty restriction circumstance conflict
proxy mapping basis acceptance conversion suite draft priority consequence programmer analysis bracket brace
semantic production millisecond destruction neighbour neighbor oath poverty blessing multitude mischief consumer
deceit
`);

export const adjectives: readonly string[] = split(`
good new first last long great little own other old right big* high different small large next early young important
few public bad* same able human local late hard major better economic strong possible whole free military true
federal international full special easy clear recent certain personal open red* difficult available likely short
single medical current wrong private past foreign fine common poor natural significant similar hot* dead central
happy serious ready simple left physical general environmental financial blue democratic dark various entire close
legal religious cold final main green nice huge popular traditional cultural wide deep soft sharp quick slow fast
loud quiet bright pale white black brown grey gray yellow golden sweet bitter fresh dry wet* warm cool thick thin*
heavy light empty flat* round square straight narrow broad tall low rich cheap expensive rare usual normal ordinary
strange curious familiar famous ancient modern former present future equal fair just proper exact correct false real
actual apparent obvious plain pure rough smooth gentle kind cruel brave proud humble noble wise foolish clever
stupid mad* angry sad* glad* tired sick healthy weak safe dangerous careful eager patient silent secret sacred holy
royal wild tame domestic native eternal mortal immortal divine fatal vital essential necessary sufficient useful
useless helpful harmful valuable precious worthy complete total partial average extreme moderate mere chief
principal primary secondary additional extra external internal inner outer upper lower rear previous following
subsequent initial original particular specific typical unique separate independent relative absolute constant
variable regular frequent rapid sudden immediate instant gradual steady stable permanent temporary brief active
passive positive negative static dynamic linear random parallel sequential concurrent remote global virtual digital
electric electronic mechanical chemical biological mathematical logical statistical technical practical theoretical
scientific social political commercial industrial agricultural educational professional historical literary artistic
musical visual mental moral spiritual emotional official formal informal explicit implicit direct indirect visible
invisible compatible responsible reasonable applicable comparable acceptable remarkable considerable comfortable
miserable terrible horrible incredible flexible reliable portable readable default optional deterministic binary
numeric abstract concrete generic nested valid invalid unknown unable unlikely unusual uncertain unhappy unfair
incomplete incorrect efficient effective sensitive extensive intensive exclusive respective alternative creative
basic custom strict synchronous asynchronous dependent appropriate advanced raw consistent friendly prominent tiny
legacy numerical complex relevant conditional precise arbitrary minor symbolic universal powerful meaningful vast
adjacent distinct convenient substantial decimal recursive textual critical individual experimental potential
straightforward wicked righteous upright diligent smart proprietary monthly weekly daily
`);

function split(words: string): readonly string[] {
  return words.trim().split(/\s+/);
}
