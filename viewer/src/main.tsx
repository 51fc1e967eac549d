/** Starts the page. */

import { render } from 'preact';
import { App } from './shell/app';
import { start } from './state/store';

start();
document.body.replaceChildren();
render(<App />, document.body);
