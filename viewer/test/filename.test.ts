import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileName, slug } from '../src/questions/filename';
import { scaleBar } from '../src/questions/picture';
import type { Question } from '../src/questions/question';

const question: Question = {
  ages: '6,10', facilities: 'schulen', filter: "schulart = 'Grundschule'", type: '', within: '1000', profile: 'foot', by: 'stadtteil', date: '2012-12-31', others: [],
  capacity: '', p: '5', area: '', level: 'stadtteil',
};
const titles = { facilities: 'Schulen', profile: 'zu Fuß', level: 'Stadtteile', area: 'Köln-Süd', kind: 'Wohin neue?', scenario: 'Szenario' };

test('files are named by what is in them', () => {
  assert.equal(fileName('coverage', question, titles), 'grundschule-1000m-zu-fuss-stadtteile-2012-12-31');
  assert.equal(fileName('coverage', { ...question, filter: '', within: '10min', others: [['add', '7,51']] }, titles), 'schulen-10min-zu-fuss-stadtteile-2012-12-31-szenario');
  assert.equal(fileName('siting', question, titles), 'grundschule-wohin-neue-1000m-zu-fuss-stadtteile-2012-12-31');
  assert.equal(fileName('profile', question, { ...titles, kind: 'Steckbrief' }), 'koeln-sued-steckbrief-zu-fuss-2012-12-31');
  assert.equal(slug('../Ärzte & „Praxen“/Ünïcode'), 'aerzte-praxen-uenicode');
});

test('a scale bar has a round length that fits', () => {
  for (const metresPerPixel of [0.1, 1, 7.3, 40, 1234]) {
    const { metres, pixels } = scaleBar(metresPerPixel, 130);
    assert.ok(pixels <= 130 && pixels > 130 / 5.01, `${metresPerPixel}: ${pixels}`);
    assert.ok(/^[125]0*$/.test(metres < 1 ? String(metres * 10) : String(metres)), String(metres));
  }
});
