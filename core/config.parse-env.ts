/**
 * Loaded before Parse Server: it reads this variable when it is loaded, and would make a folder
 * `logs` wherever the process runs, whatever its options say later.
 */
process.env.PARSE_SERVER_LOGS_FOLDER ??= 'null';
