import './address.test';
import './catalogue.test';
import './centre.test';
import './colour.test';
import './drawing.test';
import './fragment.test';
import './language.test';
import './values.test';
