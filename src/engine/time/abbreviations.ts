/** Abbreviations of zones that Intl does not know in English, or knows by another name than the zone database. */

/** Names by offset in seconds; where there is none, the offset itself is the name. */
type Names = Readonly<Record<number, string>>;

const GROUPS: readonly (readonly [Names, readonly string[]])[] = [
  [{ 3600: 'WAT' }, ['Africa/Lagos']],
  [{ 10800: 'EAT' }, ['Africa/Nairobi']],
  [{ '-36000': 'HST', '-32400': 'HDT' }, ['America/Adak']],
  [{ '-25200': 'MST', '-21600': 'MDT' }, ['America/Chihuahua', 'America/Ciudad_Juarez', 'America/Mazatlan']],
  [{ '-25200': 'MST' }, ['America/Dawson', 'America/Hermosillo', 'America/Whitehorse']],
  [{ '-18000': 'CST', '-14400': 'CDT' }, ['America/Havana']],
  [
    {},
    [
      'America/Miquelon',
      'Antarctica/Casey',
      'Antarctica/Troll',
      'Asia/Dubai',
      'Asia/Muscat',
      'Australia/Eucla',
      'Australia/Lord_Howe',
      'Pacific/Chatham',
    ],
  ],
  [{ 19800: 'IST' }, ['Asia/Calcutta', 'Asia/Kolkata']],
  [{ 28800: 'HKT' }, ['Asia/Hong_Kong']],
  [{ 25200: 'WIB' }, ['Asia/Jakarta', 'Asia/Pontianak']],
  [{ 32400: 'WIT' }, ['Asia/Jayapura']],
  [{ 7200: 'IST', 10800: 'IDT' }, ['Asia/Jerusalem']],
  [{ 18000: 'PKT' }, ['Asia/Karachi']],
  [{ 28800: 'CST' }, ['Asia/Macau', 'Asia/Shanghai', 'Asia/Taipei']],
  [{ 28800: 'WITA' }, ['Asia/Makassar']],
  [{ 28800: 'PST' }, ['Asia/Manila']],
  [{ 32400: 'KST' }, ['Asia/Pyongyang', 'Asia/Seoul']],
  [{ 32400: 'JST' }, ['Asia/Tokyo']],
  [{ 0: 'GMT', 3600: 'IST' }, ['Europe/Dublin']],
  [{ 0: 'GMT', 3600: 'BST' }, ['Europe/Guernsey', 'Europe/Isle_of_Man', 'Europe/Jersey']],
  [{ 10800: 'MSK' }, ['Europe/Kirov', 'Europe/Simferopol', 'Europe/Volgograd']],
  [{ 10800: 'MSK', 14400: 'MSK' }, ['Europe/Moscow']],
  [{ 36000: 'ChST' }, ['Pacific/Guam', 'Pacific/Saipan']],
  [{ '-39600': 'SST' }, ['Pacific/Midway', 'Pacific/Pago_Pago']],
];

export const ABBREVIATIONS: ReadonlyMap<string, Names> = new Map(
  GROUPS.flatMap(([names, zones]) => zones.map((zone) => [zone, names] as const)),
);
