import type { CodegenConfig } from '@graphql-codegen/cli';
import { addTypenameSelectionDocumentTransform } from '@graphql-codegen/client-preset';

type Output = Extract<CodegenConfig['generates'][string], { preset?: unknown }>;

function output(documents: string): Output {
  return {
    documents,
    preset: 'client',
    presetConfig: {
      fragmentMasking: false,
      persistedDocuments: { mode: 'embedHashInDocument', hashPropertyName: 'hash', hashAlgorithm: 'sha256' },
    },
    documentTransforms: [addTypenameSelectionDocumentTransform],
    config: {
      useTypeImports: true,
      enumsAsTypes: true,
      strictScalars: true,
      scalars: { DateTime: 'string', Decimal: 'string', CurrencyCode: 'string', TimeZone: 'string', URL: 'string' },
    },
  };
}

/*
 * From the published schema and the documents: types, documents, and the lists of them for `tessera serve --operations`.
 * The door's and the account's are apart, so that buyers do not load them.
 */
const config: CodegenConfig = {
  schema: '../../tests/golden/schema.graphql',
  generates: {
    'src/graphql/generated/': output('src/graphql/*.graphql'),
    'src/graphql/door/generated/': output('src/graphql/door/*.graphql'),
    'src/graphql/account/generated/': output('src/graphql/account/*.graphql'),
  },
};

export default config;
