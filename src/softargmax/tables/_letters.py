"""Which letters the languages write and how each encoding arranges them: what `encoding_scores` judges readings by.

Written down by hand, from the alphabets and from tables of letter frequencies. To add a language, add its letters to
`ALPHABETS` and its name to the code pages it is written in; to add an encoding, add a line to `CODE_PAGES`.
"""

from dataclasses import dataclass

# The letters beyond ASCII of languages in Latin script; behind the bar those that are rare or come with foreign names.
ALPHABETS = {
    "Albanian": "ëç",
    "Catalan": "àéèòíóçúï·ü",
    "Croatian": "čćžšđ",
    "Czech": "áíéěýřčžšůúťňďó|öüë",
    "Danish": "øåæ|éöüäèóô",
    "Dutch": "ëéïèöü|áóôêçñ",
    "Estonian": "äõüöšž|éå",
    "Finnish": "äö|åšžéüõ",
    "French": "éèêàçôîâûëïœùæ|ÿñüöáíãóå",
    "German": "üäöß|éèàçñôêâáíåøãó",
    "Hungarian": "áéöóőíüúű|äčš",
    "Icelandic": "áíðóöþúýéæ|åäøü",
    "Italian": "àèéòùì|îôáóöüíçñ",
    "Latvian": "āīēšņūžļķģč|õ",
    "Lithuanian": "ėšąžųčįęū",
    "Norwegian": "øåæ|éòôóäöüèí",
    "Polish": "łąęóśżćńź|éöüô",
    "Portuguese": "ãçáéíóêõâôúà|üñèöä",
    "Romanian": "ăîâşţ|éöüáó",
    "Slovak": "áíéčžýšúľťňď|ôóäĺŕöüë",
    "Slovenian": "čšž|ćđöü",
    "Spanish": "óíáñéúü¿¡|çêãèöôå",
    "Swedish": "äåö|éüøçèæ",
    "Turkish": "ıüşçğöİ|âîû",
    "Vietnamese": "\u0300\u0301\u0323\u0309\u0303đôươêâăàáéèíóúùãõýì",
}

# The letters of other scripts in five groups, from those on every line to those of few languages, and what one of a
# group is worth: a reading in the wrong code page has rare letters as often as common ones.
GROUPS = {
    "Cyrillic": "оеаинт срвлкмдп уяыьгзбчйхжшюцъіј щфэїє ёґўђљњћџѓќѕ",
    "Greek": "αοιετση νυρπκμλςίάό ωδγχθφέήύώ βξζψ ϊϋΐΰ",
    "Hebrew": "יהולא תרבםשמנעדחק פסגטזןכצ ףץך",
    "Thai": "านรกอเงมยลวด่้ิัี ทสตคบปหแพขจใไะุูื์ ชซผถณศษธภฟโำญ็ ฐฤฆฉฎฏฝฬฮฯๆ๊๋ ฃฅฌฑฒฦฺ๎",
    "Arabic": "اليمونتر ةبعدسفهكی حقجأصشطزخغکگپ ىضثإذظءئؤآچےںہھٹڈ ڑژ",
}
GROUP_POINTS = (1.5, 1.1, 0.7, 0.2, -0.6)

# What cannot stand before another letter of its word, and what cannot stand at the end of one.
ONLY_FINAL = frozenset("ςםןךףץةى")
NEVER_FINAL = frozenset("σ")

_WESTERN = (
    "French", "German", "Spanish", "Portuguese", "Italian", "Swedish", "Danish", "Norwegian", "Finnish", "Icelandic",
    "Dutch", "Catalan",
)  # fmt: skip
_CENTRAL = ("Polish", "Czech", "Slovak", "Hungarian", "Romanian", "Croatian", "Slovenian", "Albanian", "German")


@dataclass(frozen=True)
class CodePage:
    """An encoding of one byte per letter: the script it is for and, in Latin script, the languages."""

    codec: str
    name: str
    script: str
    languages: tuple[str, ...] = ()
    handicap: float = 0.0  # how much rarer it is than its rivals, in points


# Of those that read a file alike, the first gives its name to it.
CODE_PAGES = (
    CodePage("cp1252", "Windows-1252", "Latin", _WESTERN),
    CodePage("cp1250", "Windows-1250", "Latin", _CENTRAL, 0.5),
    CodePage("cp1254", "Windows-1254", "Latin", ("Turkish", "German", "French"), 0.5),
    CodePage("cp1257", "Windows-1257", "Latin", ("Lithuanian", "Latvian", "Estonian"), 0.5),
    CodePage("cp1251", "Windows-1251", "Cyrillic"),
    CodePage("cp1253", "Windows-1253", "Greek"),
    CodePage("cp1255", "Windows-1255", "Hebrew"),
    CodePage("cp1256", "Windows-1256", "Arabic"),
    CodePage("cp874", "Windows-874", "Thai"),
    CodePage("cp1258", "Windows-1258", "Latin", ("Vietnamese",), 2.0),
    CodePage("iso8859_2", "ISO 8859-2", "Latin", _CENTRAL, 0.5),
    CodePage("iso8859_5", "ISO 8859-5", "Cyrillic", (), 1.0),
    CodePage("iso8859_6", "ISO 8859-6", "Arabic"),
    CodePage("iso8859_7", "ISO 8859-7", "Greek"),
    CodePage("koi8_u", "KOI8-U", "Cyrillic"),
    CodePage("cp866", "code page 866", "Cyrillic"),
    CodePage("mac_cyrillic", "Mac Cyrillic", "Cyrillic", (), 1.0),
    CodePage("mac_roman", "Mac Roman", "Latin", _WESTERN, 1.5),
    CodePage("cp850", "code page 850", "Latin", _WESTERN, 1.5),
    CodePage("cp852", "code page 852", "Latin", _CENTRAL, 0.5),
)


@dataclass(frozen=True)
class DoubleByte:
    """An encoding of East Asia: what it gives for a first byte (from, to, points), and characters seen everywhere."""

    codec: str
    name: str
    rows: tuple[tuple[int, int, float], ...]
    second: int  # a second byte below it belongs to a rare character
    common: frozenset[str]


# The characters that are commonest in texts and in tables.
_HANS = (
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天"
    "而能好都然没日于起还发成事只作当想看文无开手用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与"
    "高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次"
    "东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马"
    "命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风"
    "战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快条"
    "院变联言权往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息"
    "写呢识极令黄德收脸钱党倒未持取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导影失拿网香似斯专"
    "石若兵弟谁校读志飞观争究包组造落视济喜离虽坏兴省县村镇乡州岛类型号码价格售额率级良优差缺否备注编客户姓职岗薪温"
    "湿雨晴阴阳币银港澳韩俄印尼亚坦克巴伊阿拉卡尔塞罗哥群镑卢索"
)
_HANT = (
    "的一是不了在人有我他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可她里後小麼心多天"
    "而能好都然沒日於起還發成事只作當想看文無開手用主行方又如前所本見經頭面公同三已老從動兩長知民樣現分將外但身些與"
    "高意進把法此實回二理美點月明其種聲全工己話兒者向情部正名定女問力機給等幾很業最間新什打便位因重被走電四第門相次"
    "東政海口使教西再平真聽世氣信北少關並內加化由卻代軍產入先山五太水萬市眼體別處總才場師書比住員九笑性通目華報立馬"
    "命張活難神數件安表原車白應路期叫死常提感金何更反合放做系計或司利受光王果親界及今京務制解各任至清物台象記邊共風"
    "戰接它許八特覺望直服毛林題建南度統色字請交愛讓認算論百義科元社術結六功指思非流每青管夫連遠資隊帶花快條院變聯言"
    "權往展該領傳近留紅治決周保達辦運武半候七必城父強步完深區即求品士轉量空技程告江語英基式李息寫識極令黃德收錢黨未"
    "持取設始版雙歷越史商千片容研友站廣改議形委早房音火際則首單據導影失網香斯專石校讀志飛觀爭究包組造落視濟離興省縣"
    "村鎮鄉州島類型號碼價格售額率級良優差缺否備註編客戶姓職溫濕雨晴陰陽幣銀港澳韓俄印尼亞坦克巴伊阿拉卡爾塞羅哥群鎊"
    "盧索"
)
_JAPANESE = (
    "日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定今回新場金員九"
    "入選立開手米力学問高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八六約主題下首意法不来作性的要用制治度"
    "務強気小七成期公野協取都和統以機平総加山思家話世受区領多県続進正安設保改数記院女初北午指権心界支第産結百派点教"
    "報済書府活原先共得解名交資予川向際査勝面委告軍文反元重近千考判認画海参売利組知案道信策集在件団別物側任引使求所"
    "次水半品昨論計死官増係感特情投示変打男基私各始島直両朝革価式確村提運終挙果西勢減台広容必応演電歳住争談能無再位"
    "置企真流格有疑口過局少放税検藤町常校料沢裁状工建語球営空職証土与急止送援供可役構木割聞身費付施切由説転食比難防"
    "補車優夫研収断井何南石足違消境神番規術護展態導鮮備宅害配副算視条幹独警宮究育席輸訪楽起万着乗店述残想線率病農州"
    "武声質念待試族象銀域助労例衛然早張映限親額監環験追審商葉義伝働形景落欧担好退準賞訴辺造英被株頭技低毎医復仕去姿"
    "味負閣韓渡失移差衆個門写評課末守若脳極種美岡影命含福蔵量望松非撃佐核観察整段横融型白深字答夜製票況音申様財港識"
    "注呼渉達曜火号類単均諸"
)
_KOREAN = (
    "이다는에의가을로하고한지사은도를기나어서자리인시대아해일과들그수있부정전스상제보여라만으장원국주구요것거성동오"
    "조세면비관연우유신공안경소게문했화치실생물방위선모드적진무크년발용중니회업미음때내말러마계식트분단명히었간작개"
    "당차반복산현입결통출학교까려본바더남북월금토목번호름별역군읍매판격량액합균평점급등품종류없예프탄랜랑메카섬달페"
    "루파"
)
_KANA = "".join(map(chr, (*range(0x3041, 0x3094), *range(0x30A1, 0x30FB), 0x30FC)))

DOUBLE_BYTES = (
    DoubleByte("gb18030", "GB18030",
        ((0xB0, 0xD7, 0.8), (0xD8, 0xF7, -0.1), (0xA1, 0xA1, 0.8), (0xA3, 0xA3, 0.8), (0xA2, 0xA5, -0.5)),
        0xA1, frozenset(_HANS)),
    DoubleByte("cp950", "Big5",
        ((0xA4, 0xC6, 0.8), (0xA1, 0xA2, 0.7), (0xC9, 0xF9, -0.3)),
        0x40, frozenset(_HANT)),
    DoubleByte("cp932", "Shift-JIS",
        ((0x81, 0x83, 0.8), (0x88, 0x97, 0.8), (0x98, 0xEA, -0.3)),
        0x40, frozenset(_JAPANESE + _KANA)),
    DoubleByte("euc_jp", "EUC-JP",
        ((0xA1, 0xA1, 0.8), (0xA3, 0xA5, 0.8), (0xB0, 0xCF, 0.8), (0xD0, 0xF4, -0.3)),
        0xA1, frozenset(_JAPANESE + _KANA)),
    DoubleByte("cp949", "code page 949",
        ((0xB0, 0xC8, 0.8), (0xA1, 0xA3, 0.6), (0xCA, 0xFD, -0.6)),
        0xA1, frozenset(_KOREAN)),
)  # fmt: skip
