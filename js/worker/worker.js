/** The script of the worker that `mixture-density/worker` starts. It may be served from anywhere and passed to connect(). */

import * as mdn from '../index.js'
import { serve } from './host.js'

serve(/** @type {import('./host.js').Port} */ (/** @type {unknown} */ (globalThis)), mdn)
