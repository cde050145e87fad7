import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import type { MinuteInterval } from '@app/availability';

/** A time of the wall clock, "HH:mm"; "24:00" is the midnight that ends the day. */
const START = /^([01]\d|2[0-3]):[0-5]\d$/;
const END = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

export function StartTime(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, example: '09:00', pattern: START.source }),
    Matches(START, { message: 'must be a time such as 09:00' }),
  );
}

export function EndTime(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, example: '17:00', pattern: END.source }),
    Matches(END, { message: 'must be a time such as 17:00, at most 24:00' }),
  );
}

interface WallInterval {
  startTime: string;
  endTime: string;
}

export function minuteInterval({ startTime, endTime }: WallInterval): MinuteInterval {
  return { startsMinute: minuteOf(startTime), endsMinute: minuteOf(endTime) };
}

export function intervalView({ startsMinute, endsMinute }: MinuteInterval): WallInterval {
  return { startTime: timeOf(startsMinute), endTime: timeOf(endsMinute) };
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

function timeOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
