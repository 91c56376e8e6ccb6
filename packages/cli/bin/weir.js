#!/usr/bin/env node
// The command has a file of its own, so that npm can link it before anything is built.
import "../dist/bin.js";
