"""What is written beside numbers: currencies, and words for powers of ten. Lines may be added.

Every character that Unicode calls a currency sign is known without being listed. Of units nothing is listed: whatever
stands behind every number of a column is one.
"""

_CURRENCIES = """
    R$ US$ A$ AU$ C$ CA$ CAD$ NZ$ HK$ NT$ S$ MX$ CLP$ COP$ U$S
    USD EUR GBP JPY CNY RMB INR CHF SEK NOK DKK ISK PLN CZK HUF RON BGN RSD RUB UAH TRY ILS KRW TWD HKD SGD MYR THB
    IDR PHP VND AUD CAD NZD BRL MXN ARS CLP COP PEN ZAR EGP NGN KES AED SAR QAR KWD PKR BDT LKR
    KZT GEL AMD AZN UZS MDL BAM MAD TND JOD OMR BHD GHS UGX TZS ETB XOF XAF NPR MMK KHR LAK MNT BYN UYU PYG CRC GTQ DOP
    KSh KSh. Ksh TSh USh GH₵ Bs. B/. J$ TT$ RD$ රු.
    Rs. Rs Rp. Rp RM S/. S/ Fr. Fr Sfr. SFr. fr. kr. kr Kr. Kr zł Kč Ft TL Lei lei руб. руб р. грн. грн тг лв.
    元 円 圓 원 人民币 人民幣 新臺幣 新台幣 บาท ریال تومان ر.س د.إ ج.م रु. रू.
"""
# What may stand in front of an amount, as it is written; behind one, any word may stand.
CURRENCIES = tuple(_CURRENCIES.split())

# Powers of ten by their words. Those of the first table may have a unit right behind them, as 万円; those of the
# second end where the word ends, so that kg is no thousand g.
POWERS_JOINED = {
    "百": 2, "千": 3, "万": 4, "萬": 4, "亿": 8, "億": 8, "兆": 12,
    "백": 2, "천": 3, "만": 4, "억": 8, "조": 12,
}  # fmt: skip
POWERS = {
    "k": 3, "K": 3, "M": 6, "B": 9, "bn": 9, "mn": 6, "thousand": 3, "million": 6, "billion": 9, "trillion": 12,
    "Tsd": 3, "Tsd.": 3, "Mio": 6, "Mio.": 6, "Mrd": 9, "Mrd.": 9,
    "тыс": 3, "тыс.": 3, "млн": 6, "млн.": 6, "млрд": 9, "млрд.": 9, "трлн": 12, "тис.": 3,
    "mille": 3, "mil": 3, "tys.": 3, "tys": 3, "tis.": 3, "mln": 6, "mln.": 6, "mld": 9, "mld.": 9, "mlrd": 9,
    "bin": 3, "milyon": 6, "milyar": 9, "ezer": 3, "millió": 6, "χιλ.": 3, "εκ.": 6,
    "lakh": 5, "lakhs": 5, "crore": 7, "crores": 7, "Cr": 7, "लाख": 5, "करोड़": 7,
    "nghìn": 3, "triệu": 6, "tỷ": 9, "พัน": 3, "หมื่น": 4, "แสน": 5, "ล้าน": 6,
    "هزار": 3, "میلیون": 6, "میلیارد": 9, "ألف": 3, "مليون": 6, "مليار": 9,
}  # fmt: skip
