"""Words that tables use in many languages: names of identifiers, of postal codes and of what rows follow each other by.

Lists for people to extend. Everything is written in lower case, as `str.casefold` gives it.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A column is named like an identifier if one of these is a word of its name ...
IDENTIFIER_WORDS = _words(
    """
    id ids uid uuid guid oid fid gid pid sid rid idx index ident identifier rowid rownum rownumber recordid userid
    customerid clientid studentid patientid sampleid orderid productid itemid personid objectid passengerid responseid
    respondentid kennung identifiant identificador identificativo identifikator identyfikator azonosító azonosito
    identificatore идентификатор ид ідентифікатор айди αναγνωριστικό kimlik مُعرّف معرف شناسه מזהה รหัส आईडी
    """
)
# ... or if it ends in one of these.
IDENTIFIER_ENDINGS = (
    *("row number", "serial number", "record number", "case number", "invoice number", "order number"),
    *("account number", "phone number", "serial no", "sr no", "s no", "sl no", "row no", "nr", "№", "lp", "п п"),
    *("laufende nummer", "номер", "numéro", "número", "numero", "编号", "編號", "序号", "序號", "番号", "번호", "순번"),
    *("ลำดับ", "ลำดับที่", "क्रमांक", "क्र सं", "stt", "sıra no", "sorszám", "pořadí"),
)
# Whole numbers under a name that is one of these, or ends in one, are codes: nobody adds them up.
POSTAL_CODES = _words(
    """
    zip zipcode zip_code postcode post_code postalcode postal_code plz postleitzahl
    индекс почтовый_индекс 邮编 邮政编码 郵遞區號 郵便番号 우편번호 codpostal code_postal codepostal
    código_postal codigo_postal codice_postale kod_pocztowy irányítószám posta_kodu pincode pin_code
    """
)
# Those that mean something else in a longer name: a salary cap is none.
POSTAL_CODES_ALONE = _words("cap cep postal psč psc")
# Rows of a series follow each other by one of these, and a number that rises from row to row then means what it says.
AXES = _words(
    """
    year years yr month months week weeks day days hour hours minute minutes second seconds quarter decade season age
    ages time period step epoch round generation depth distance altitude elevation angle degree degrees
    jahr jahre monat woche tag stunde minute sekunde quartal alter zeit runde tiefe winkel
    année annee an ans mois semaine jour heure âge año ano mes semana día dia hora edad idade anno mese giorno ora età
    rok miesiąc dzień wiek год года месяц день час возраст рік місяць yıl ay gün saat yaş έτος ηλικία سنة عام عمر سال
    סן שנה גיל 年 年份 年度 月 月份 周 日 天 时间 年龄 年齢 歳 時間 연도 년도 월 일 나이 연령 ปี อายุ वर्ष आयु năm tuổi
    """
)

# What stands for a missing value beside numbers and dates, without regard to case: what pandas, R, SQL, spreadsheets
# and statistical offices write, and people in many languages.
MISSING_MARKS = (
    *("na", "n/a", "n.a.", "n.a", "nan", "-nan", "null", "none", "nil", "nat", "<na>", "#n/a", "#na", "#n/a n/a"),
    *("1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"),
    *("-", "--", "---", "–", "—", "－", "ー", ".", "..", "...", "…", "?", "??", "？", "※", ":"),
    *("unknown", "missing", "not available", "unbekannt", "k.a.", "k. a.", "n.d.", "n/d", "s.d.", "s/d", "b.d."),
    *("inconnu", "desconocido", "desconhecido", "sconosciuto", "neuvedeno", "nincs adat", "yok", "bilinmiyor", "brak"),
    *("н/д", "нет данных", "неизвестно", "невідомо", "δ/δ", "άγνωστο", "غير معروف", "نامشخص", "לא ידוע"),
    *(
        "无",
        "無",
        "缺失",
        "不详",
        "不詳",
        "未知",
        "空",
        "暂无",
        "不明",
        "欠損",
        "なし",
        "없음",
        "미상",
        "ไม่มีข้อมูล",
        "उपलब्ध नहीं",
    ),
)
# These are missing also where they are all that a column holds.
NOTHING = frozenset(("na", "n/a", "nan", "null", "<na>", "#n/a", "nat", "?"))

# What a row of a table is called that holds the sum of others; blanks in it do not count.
TOTALS = frozenset(
    text.replace(" ", "")
    for text in (
        *("total", "totals", "grand total", "subtotal", "sub-total", "sum", "summe", "gesamt", "insgesamt"),
        *("zusammen", "zwischensumme", "ensemble", "totale", "totaal", "totalt", "yhteensä", "suma", "razem", "ogółem"),
        *("celkem", "spolu", "összesen", "toplam", "genel toplam", "σύνολο", "итого", "всего", "итого и средние"),
        *("разом", "усього", "общо", "المجموع", "الإجمالي", "مجموع", "جمع", 'סה"כ', "סך הכל", "कुल", "योग", "মোট"),
        *(
            "合計",
            "総計",
            "小計",
            "合计",
            "总计",
            "小计",
            "總計",
            "합계",
            "총계",
            "소계",
            "รวม",
            "tổng",
            "tổng cộng",
            "jumlah",
        ),
    )
)

# Yes and no: a column that holds just one of these pairs is one of booleans.
YES_NO = (
    *(("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("ja", "nein"), ("ja", "nee"), ("ja", "nej")),
    *(("ja", "nei"), ("oui", "non"), ("sí", "no"), ("si", "no"), ("sì", "no"), ("sim", "não"), ("tak", "nie")),
    *(("ano", "ne"),),
    *(("áno", "nie"), ("da", "ne"), ("da", "nu"), ("igen", "nem"), ("evet", "hayır"), ("kyllä", "ei"), ("ναι", "όχι")),
    *(("да", "нет"), ("так", "ні"), ("да", "не"), ("نعم", "لا"), ("بله", "خیر"), ("כן", "לא"), ("हाँ", "नहीं")),
    *(("是", "否"), ("有", "无"), ("有", "無"), ("はい", "いいえ"), ("예", "아니오"), ("네", "아니오"), ("유", "무")),
    *(
        ("jah", "ei"),
        ("taip", "ne"),
        ("jā", "nē"),
        ("já", "nei"),
        ("ya", "tidak"),
        ("ndiyo", "hapana"),
        ("bəli", "xeyr"),
    ),
    *(("иә", "жоқ"), ("тийм", "үгүй"), ("այո", "ոչ"), ("კი", "არა"), ("አዎ", "አይ"), ("ہاں", "نہیں"), ("হ্যাঁ", "না")),
    *(("ஆம்", "இல்லை"), ("అవును", "కాదు"), ("ඔව්", "නැත"), ("ແມ່ນ", "ບໍ່ແມ່ນ"), ("បាទ", "ទេ"), ("ဟုတ်", "မဟုတ်")),
    *(("ใช่", "ไม่ใช่"), ("có", "không"), ("○", "×"), ("○", "✕"), ("〇", "×")),
)
