import { registry } from '../plugin.js';
import { constant } from './constant.js';
import { cosine } from './cosine.js';
import type { Schedule } from './schedule.js';

export const schedules = registry<Schedule>('schedule', [constant, cosine]);
