import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseLanguage, fill } from '../src/words/language';
import { escapeHtml } from '../src/shell/text';
import { de } from '../src/words/de';
import { en } from '../src/words/en';
import { questionWords } from '../src/questions/words';

const gaps = (sentence: string) => [...sentence.matchAll(/\{\w+\}/g)].map(([gap]) => gap).sort();

test('both languages have the same words with the same gaps, none empty', () => {
  assert.deepEqual(Object.keys(de).sort(), Object.keys(en).sort());
  for (const [key, sentence] of Object.entries(en)) {
    const german = de[key as keyof typeof en];
    assert.deepEqual(gaps(german), gaps(sentence), key);
    assert.ok(german !== '' && sentence !== '', key);
  }
});

test('the words of the questions have the same gaps, too', () => {
  const leaves = (value: unknown): string[] => (typeof value === 'string' ? [value] : Object.values(value as object).flatMap(leaves));
  const [german, english] = [leaves(questionWords.de), leaves(questionWords.en)];
  assert.equal(german.length, english.length);
  german.forEach((sentence, at) => assert.deepEqual(gaps(sentence), gaps(english[at] ?? ''), sentence));
});

test('the address decides the language, then the browser, then it is German', () => {
  assert.equal(chooseLanguage('?lang=de', ['en']), 'de');
  assert.equal(chooseLanguage('?lang=fr', ['fr', 'de-AT', 'en']), 'de');
  assert.equal(chooseLanguage('', ['en-GB', 'de']), 'en');
  assert.equal(chooseLanguage('', ['fr']), 'de');
});

test('gaps are filled once, and values are no patterns', () => {
  assert.equal(fill('{a} of {b}', { a: '{b}', b: '$&' }), '{b} of $&');
});

test('text becomes HTML that says the same', () => {
  assert.equal(escapeHtml(`<img src="x" onerror='y'> & co`), '&lt;img src=&quot;x&quot; onerror=&#39;y&#39;&gt; &amp; co');
});
