/* The one script of a host page: it defines two elements, once, and touches nothing else. */
import { Button } from './button';
import { Tickets } from './tickets';

if (!customElements.get('tessera-tickets')) customElements.define('tessera-tickets', Tickets);
if (!customElements.get('tessera-button')) customElements.define('tessera-button', Button);
