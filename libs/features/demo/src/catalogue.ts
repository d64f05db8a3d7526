import type { CreateProductDto } from '@gatehouse/features/products';

const things: readonly (readonly [category: string, names: readonly string[]])[] = [
  [
    'hardware',
    [
      'Door knocker',
      'Gate hinge',
      'Padlock',
      'Key ring',
      'Letter plate',
      'Bolt',
      'Latch',
      'Bell pull',
      'House number',
      'Boot scraper',
    ],
  ],
  [
    'lighting',
    [
      'Lantern',
      'Oil lamp',
      'Candle holder',
      'Wall sconce',
      'Chandelier',
      'Torch',
      'Night light',
      'Desk lamp',
      'Bulb',
      'Taper',
    ],
  ],
  [
    'garden',
    [
      'Watering can',
      'Trowel',
      'Sundial',
      'Bird bath',
      'Bench',
      'Urn',
      'Weather vane',
      'Wheelbarrow',
      'Trellis',
      'Rake',
    ],
  ],
  [
    'kitchen',
    ['Kettle', 'Pepper mill', 'Trivet', 'Ladle', 'Cleaver', 'Mortar', 'Bread bin', 'Colander', 'Skillet', 'Jug'],
  ],
  [
    'stationery',
    [
      'Inkwell',
      'Letter opener',
      'Ledger',
      'Sealing wax',
      'Blotter',
      'Fountain pen',
      'Paperweight',
      'Bookend',
      'Ruler',
      'Map',
    ],
  ],
];
const materials = ['Brass', 'Oak', 'Iron', 'Slate', 'Copper'];

/** The `index`th product of an endless, always equal catalogue. */
export function demoProduct(index: number): CreateProductDto {
  const [category, names] = things[index % things.length] ?? ['hardware', ['Thing']];
  const round = Math.floor(index / things.length);
  const name = names[round % names.length] ?? 'Thing';
  const material = materials[(index + round) % materials.length] ?? 'Brass';
  const edition = Math.floor(round / names.length);
  return {
    name: `${material} ${name.toLowerCase()}${edition === 0 ? '' : ` no. ${edition + 1}`}`,
    description: `${name} made of ${material.toLowerCase()}`,
    category,
    price: { amount: 490 + ((index * 7_919) % 15_000), currency: 'EUR' },
    stock: 5 + ((index * 31) % 200),
  };
}
