type Words = readonly [string, ...string[]];

export interface Department {
  readonly category: string;
  /** How much of the catalogue belongs to it. */
  readonly weight: number;
  readonly things: Words;
  readonly uses: Words;
  /** What the least and the dearest of it cost, in whole euros. */
  readonly prices: readonly [least: number, most: number];
}

export const departments: readonly [Department, ...Department[]] = [
  {
    category: 'hardware',
    weight: 16,
    things: ['Door knocker', 'Gate hinge', 'Padlock', 'Key ring', 'Letter plate', 'Bolt', 'Latch', 'Bell pull', 'House number', 'Boot scraper', 'Coat hook', 'Drawer pull'],
    uses: ['for a front door that is seen from the street', 'for gates that are opened every day', 'to be mounted with four screws, which come with it'],
    prices: [4, 160],
  },
  {
    category: 'lighting',
    weight: 12,
    things: ['Lantern', 'Oil lamp', 'Candle holder', 'Wall sconce', 'Chandelier', 'Torch', 'Night light', 'Desk lamp', 'Floor lamp', 'Pendant lamp'],
    uses: ['for reading late', 'for porches and halls', 'with a warm light that can be dimmed'],
    prices: [9, 640],
  },
  {
    category: 'garden',
    weight: 14,
    things: ['Watering can', 'Trowel', 'Sundial', 'Bird bath', 'Bench', 'Urn', 'Weather vane', 'Wheelbarrow', 'Trellis', 'Rake', 'Planter', 'Fire bowl'],
    uses: ['that may stay out in winter', 'for beds, borders and balconies', 'that gets better with every year of weather'],
    prices: [6, 480],
  },
  {
    category: 'kitchen',
    weight: 18,
    things: ['Kettle', 'Pepper mill', 'Trivet', 'Ladle', 'Cleaver', 'Mortar', 'Bread bin', 'Colander', 'Skillet', 'Jug', 'Chopping board', 'Butter dish'],
    uses: ['for every stove, induction included', 'for a family of four', 'that is washed by hand and lasts'],
    prices: [5, 220],
  },
  {
    category: 'stationery',
    weight: 12,
    things: ['Inkwell', 'Letter opener', 'Ledger', 'Sealing wax', 'Blotter', 'Fountain pen', 'Paperweight', 'Bookend', 'Ruler', 'Map', 'Notebook'],
    uses: ['for letters that are kept', 'for the desk at home', 'that makes a present for whoever still writes'],
    prices: [2, 180],
  },
  {
    category: 'furniture',
    weight: 8,
    things: ['Stool', 'Side table', 'Bookcase', 'Chest', 'Armchair', 'Wardrobe', 'Shelf', 'Hall mirror', 'Screen'],
    uses: ['delivered in one piece', 'for small rooms', 'joined without a single nail'],
    prices: [39, 1_900],
  },
  {
    category: 'textiles',
    weight: 12,
    things: ['Blanket', 'Cushion', 'Table runner', 'Curtain', 'Rug', 'Tea towel', 'Napkin', 'Throw', 'Door mat'],
    uses: ['woven in small lots', 'that can be washed at forty degrees', 'in a colour that goes with the others of its line'],
    prices: [7, 390],
  },
  {
    category: 'toys',
    weight: 8,
    things: ['Rocking horse', 'Spinning top', 'Kite', 'Marble run', 'Puppet', 'Building blocks', 'Chess set', 'Tin drum'],
    uses: ['for three years and older', 'for rainy afternoons', 'for two players or one with patience'],
    prices: [8, 260],
  },
];

export const materials: Words = [
  'Brass', 'Oak', 'Iron', 'Slate', 'Copper', 'Walnut', 'Linen', 'Porcelain', 'Beech', 'Steel', 'Bronze', 'Marble', 'Cork',
  'Wool', 'Glass', 'Pewter', 'Birch', 'Leather', 'Bamboo', 'Stoneware',
];

export const styles: Words = [
  'antique', 'plain', 'hammered', 'tall', 'small', 'folding', 'engraved', 'rustic', 'polished', 'blackened', 'painted',
  'heavy', 'slim', 'round', 'square', 'carved', 'travelling', 'everyday', 'double', 'striped',
];

export const makers: Words = [
  'Alderbrook', 'Bellwether', 'Coppergate', 'Dunmore', 'Eastlight', 'Fernhollow', 'Greyfriar', 'Hartwell', 'Ironbridge',
  'Juniper Lane', 'Kestrel', 'Longacre', 'Millrace', 'Northmoor', 'Oldfield', 'Penrose', 'Quarry Hill', 'Rookwood',
  'Saltmarsh', 'Thornbury', 'Underhill', 'Vesper', 'Westering', 'Yarrow',
];

export const makings: Words = [
  'Cast and finished by hand',
  'Made in lots of a hundred',
  'After a pattern of 1890',
  'From reclaimed stock',
  'Sturdier than it looks',
  'Oiled, never varnished',
  'Numbered on its underside',
  'Repaired free of charge for ten years',
];
