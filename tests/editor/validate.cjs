// Reads {schema, texts} as JSON from standard input; prints for each text whether the editor finds it clean.
const home = process.argv[2];
const { getLanguageService } = require(home);
const { TextDocument } = require(require.resolve("vscode-languageserver-textdocument", { paths: [home] }));
let input = "";
process.stdin.on("data", (part) => (input += part));
process.stdin.on("end", async () => {
  const { schema, texts } = JSON.parse(input);
  const service = getLanguageService({
    schemaRequestService: async () => JSON.stringify(schema),
    workspaceContext: { resolveRelativePath: (path) => path },
  });
  service.configure({ validate: true, schemas: [{ uri: "file:///schema.json", fileMatch: ["*.yaml"], schema }] });
  const clean = [];
  for (const [number, text] of texts.entries()) {
    const document = TextDocument.create(`file:///flow-${number}.yaml`, "yaml", 1, text);
    clean.push((await service.doValidation(document, false)).length === 0);
  }
  process.stdout.write(JSON.stringify(clean));
});
