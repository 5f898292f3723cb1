// Not in tsconfig's `types`: a production install compiles without the development packages.
/// <reference types="jest" />
