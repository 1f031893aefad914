import { lingui, linguiTransformerBabelPreset } from '@lingui/vite-plugin';
import babel from '@rolldown/plugin-babel';
import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

/* Lingui's own transform is a native package that npm leaves out under an older Node than it asks for; Babel is always there. */
process.env.LINGUI_SUPPRESS_BABEL_WARNING = '1';
process.env.LINGUI_CONFIG ??= `${import.meta.dirname}/lingui.config.ts`;

/*
 * Two builds: the browser's files, named by what is in them, and the server with all it needs in one file. The server's
 * knows the browser's names by the manifest that ran before it (build.js).
 */
export default defineConfig(({ isSsrBuild }) => ({
  plugins: [lingui({ failOnMissing: true, failOnCompileError: true }), babel({ presets: [linguiTransformerBabelPreset({ descriptorFields: 'id-only' })] }), react()],
  publicDir: false,
  /* RxJS as classes, without helpers for browsers that had none. */
  resolve: isSsrBuild ? {} : { conditions: ['es2015', ...defaultClientConditions] },
  base: '/_web/',
  build: {
    target: 'es2023',
    sourcemap: false,
    emptyOutDir: false,
    assetsInlineLimit: 0,
    rolldownOptions: isSsrBuild
      ? { checks: { pluginTimings: false }, input: 'src/server/main.ts', output: { entryFileNames: 'tessera-web.js', codeSplitting: false } }
      : {
          checks: { pluginTimings: false },
          input: 'src/boot.ts',
          output: {
            entryFileNames: '[name]-[hash].js',
            chunkFileNames: '[name]-[hash].js',
            assetFileNames: '[name]-[hash][extname]',
            codeSplitting: {
              groups: [
                { name: 'react', test: /web\/src\/hydrate\.ts|node_modules\/(react|react-dom|react-router|scheduler)\// },
                { name: 'data', test: /node_modules\/(@apollo|graphql|rxjs|@wry|optimism|@reduxjs|redux|react-redux|redux-saga|@redux-saga|immer|reselect|typed-redux-saga)/ },
                /* What a browser gets first is one file, which asks for the rest; then what every page has, with the pages of a sale,
                   which goes on where only we are gone. Other pages are files of their own, and so is each language. */
                { name: 'boot', priority: 2, test: /src\/boot\.ts|language\/(languages|load)\.ts|preload-helper/ },
                { name: 'frame', test: /clients\/web\/src\/(format|graphql\/generated|language\/(i18n|aside|more)|pages\/(checkout|event|order)\/|parts|sagas\/(?!widget)|state|routes)|node_modules\/@lingui/ },
              ],
            },
          },
        },
    manifest: !isSsrBuild,
    ssrManifest: false,
  },
  ssr: { noExternal: true, target: 'node' },
  define: isSsrBuild ? { 'process.env.NODE_ENV': '"production"' } : {},
}));
