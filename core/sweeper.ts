export { startLoop as startSweeper } from './loop';
