/* Lies in React's own file (vite.config.ts), so that boot.ts can ask for that before the rest. */
export { hydrateRoot } from 'react-dom/client';
