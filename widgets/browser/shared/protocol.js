/**
 * What travels between the page and the worker. Types only: this file holds no code.
 *
 * The page asks (`Request`), the worker answers (`Answer`) with the id of the question. Everything in a message is
 * text, a number or a plain object of these, so that a message can be written down, replayed and tested.
 *
 * @typedef {Record<string, string>} State  field name → text
 *
 * @typedef {object} RuntimeFile  a file of Python itself, or of the course's package
 * @property {string} name   the name under which Pyodide asks for it
 * @property {string} file   the name under which the site serves it: with a content hash, gzipped
 * @property {number} bytes  its size as served
 *
 * @typedef {object} BootRequest    start Python
 * @property {"boot"} kind
 * @property {number} id
 * @property {string} base          address of the folder with the files
 * @property {RuntimeFile[]} files
 * @property {string} snapshot      the key of a memory snapshot that fits these files
 * @property {boolean} mayRestore   false to start without one, and to make a new one
 *
 * @typedef {object} OpenRequest    tell Python about a widget of the page, once for each worker
 * @property {"open"} kind
 * @property {number} id
 * @property {string} key           the page's name for this very widget
 * @property {string} widgetId      its id on the page
 * @property {string} opening       its name and content, JSON text from its payload (the numbers keep their form)
 *
 * @typedef {object} RenderRequest  work out parts for a state, and say what is wrong with it
 * @property {"render"} kind
 * @property {number} id
 * @property {string} key
 * @property {State} state
 * @property {string[]} [parts]     names of those that are wanted; all if left out
 *
 * @typedef {object} RunRequest     a long run that reports steps
 * @property {"run"} kind
 * @property {number} id
 * @property {string} key
 * @property {State} state
 * @property {string} action
 *
 * @typedef {object} ControlRequest act on the run with the id `run`
 * @property {"cancel" | "pause" | "resume"} kind
 * @property {number} id
 * @property {number} run
 *
 * @typedef {BootRequest | OpenRequest | RenderRequest | RunRequest | ControlRequest} Request
 *
 * A request before it gets its number:
 * @typedef {Omit<BootRequest, "id"> | Omit<OpenRequest, "id"> | Omit<RenderRequest, "id">
 *   | Omit<RunRequest, "id"> | Omit<ControlRequest, "id">} Unsent
 *
 * @typedef {object} LoadingAnswer  bytes that have arrived, of all files together
 * @property {"loading"} kind
 * @property {number} id
 * @property {number} bytes
 *
 * @typedef {object} RestoringAnswer  Python is being started from a memory snapshot
 * @property {"restoring"} kind
 * @property {number} id
 *
 * @typedef {object} DoneAnswer     done, nothing to show (boot, open, cancel, pause, resume)
 * @property {"done"} kind
 * @property {number} id
 *
 * @typedef {object} PartsAnswer
 * @property {"parts"} kind
 * @property {number} id
 * @property {Record<string, string>} parts  part name → HTML, always with "problems"
 *
 * @typedef {object} StepAnswer
 * @property {"step"} kind
 * @property {number} id
 * @property {Record<string, string>} parts
 * @property {number} done
 * @property {number} total
 * @property {string} text
 * @property {State} [fields]  new texts of fields
 *
 * @typedef {object} FinishedAnswer  the end of a run
 * @property {"finished"} kind
 * @property {number} id
 * @property {boolean} cancelled
 * @property {boolean} isKept   false if what was trained lasts only as long as the tab
 *
 * @typedef {object} FailedAnswer
 * @property {"failed"} kind
 * @property {number} id
 * @property {string} problem  for the reader
 * @property {string} detail   for the console: the traceback
 * @property {boolean} [isBroken]  true if Python itself is broken, or out of memory, and can answer nothing more
 *
 * @typedef {LoadingAnswer | RestoringAnswer | DoneAnswer | PartsAnswer | StepAnswer | FinishedAnswer
 *   | FailedAnswer} Answer
 */

export {};
