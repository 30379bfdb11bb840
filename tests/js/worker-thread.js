// A worker of Node with the package in it, as js/worker/worker.js is one of a browser.

import { parentPort } from 'node:worker_threads'

import * as mdn from '../../js/index.js'
import { serve } from '../../js/worker/host.js'

serve(parentPort, mdn)
