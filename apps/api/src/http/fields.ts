import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type, type TransformFnParams } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsDate,
  IsIn,
  IsObject,
  IsString,
  IsUUID,
  Length,
  Matches,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import {
  ID_PREFIXES,
  InvalidTime,
  parseInstant,
  parsePublicId,
  startOfLocalDay,
  type IdKind,
} from '@app/common';

/** Example ids of the document; against the demo data they are replaced by ids that exist (openapi.ts). */
export const EXAMPLE_SUFFIX = '01kaxbt6r8e9tbm3v0c1d2e3f4';

export function exampleId(kind: IdKind): string {
  return `${ID_PREFIXES[kind]}_${EXAMPLE_SUFFIX}`;
}

/** A prefixed id in a body or query; the handler gets the plain uuid. */
export function PublicId(kind: IdKind): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, example: exampleId(kind), pattern: `^${ID_PREFIXES[kind]}_[0-9a-z]{26}$` }),
    Transform(({ value }: TransformFnParams): unknown =>
      typeof value === 'string' ? (parsePublicId(kind, value) ?? '') : value,
    ),
    IsUUID(undefined, { message: `must be an id that begins with ${ID_PREFIXES[kind]}_` }),
  );
}

/** A list of prefixed ids; the handler gets the plain uuids. */
export function PublicIds(kind: IdKind, most: number): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: 'array',
      items: { type: 'string', pattern: `^${ID_PREFIXES[kind]}_[0-9a-z]{26}$` },
      minItems: 1,
      maxItems: most,
      example: [exampleId(kind)],
    }),
    Transform(({ value }: TransformFnParams): unknown =>
      Array.isArray(value)
        ? value.map((each: unknown) => (typeof each === 'string' ? (parsePublicId(kind, each) ?? '') : each))
        : value,
    ),
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(most),
    IsUUID(undefined, { each: true, message: `must hold ids that begin with ${ID_PREFIXES[kind]}_` }),
  );
}

/** Wall times have no fractions of a second, so a given one is cut off. */
function wholeSecond(text: string): Date {
  const instant = parseInstant(text);
  instant.setUTCMilliseconds(0);
  return instant;
}

/** An instant in RFC 3339 with offset, to the second; the handler gets a Date. A naive time is refused. */
export function Instant(example: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, format: 'date-time', example }),
    Transform(({ value }: TransformFnParams): unknown =>
      typeof value === 'string' ? wholeSecond(value) : value,
    ),
    IsDate({ message: 'must be a time with an offset, such as 2026-03-29T09:00:00+02:00' }),
  );
}

/** A list of instants in RFC 3339 with offset, to the second; the handler gets Dates. */
export function Instants(most: number, example: string[]): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: [String], format: 'date-time', maxItems: most, example }),
    Transform(({ value }: TransformFnParams): unknown =>
      Array.isArray(value)
        ? value.map((each: unknown) => (typeof each === 'string' ? wholeSecond(each) : each))
        : value,
    ),
    IsArray(),
    ArrayMaxSize(most),
    IsDate({ each: true, message: 'must hold times with an offset, such as 2026-03-29T09:00:00+02:00' }),
  );
}

/** An instant, or a day in the zone that the parameter `timezone` beside it names; the handler gets a Date. */
export function InstantOrDay(example: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: String,
      example,
      description: 'An instant with an offset, or a day together with `timezone`',
    }),
    Transform(({ value, obj }: TransformFnParams): unknown => {
      if (typeof value !== 'string') return value;
      if (!/^\d{4}-\d\d-\d\d$/.test(value)) return parseInstant(value);
      const { timezone } = obj as { timezone?: unknown };
      if (typeof timezone !== 'string')
        throw new InvalidTime('offset_missing', 'a day needs its zone: give `timezone` with it');
      return startOfLocalDay(value, timezone);
    }),
    IsDate({ message: 'must be a time with an offset, or a day together with `timezone`' }),
  );
}

/** A comma-separated list of a closed set, as in `status=completed,no_show`. */
export function CommaList(values: readonly string[]): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: String,
      required: false,
      example: values.slice(0, 2).join(','),
      description: `Any of ${values.join(', ')}; several with commas`,
    }),
    Transform(({ value }: TransformFnParams): unknown =>
      typeof value === 'string' ? [...new Set(value.split(','))] : value,
    ),
    ArrayMaxSize(values.length),
    IsIn(values, { each: true }),
  );
}

/** A local date, `YYYY-MM-DD`. */
export function LocalDate(example: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, format: 'date', example }),
    Matches(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, {
      message: 'must be a date, such as 2026-03-29',
    }),
  );
}

/** Words that say something: from 1 character, and not spaces alone. */
export function Words(most: number): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, minLength: 1, maxLength: most, pattern: '\\S' }),
    IsString(),
    Length(1, most),
    Matches(/\S/, { message: 'must say something' }),
  );
}

/** May be left out, but is never null; `IsOptional` would let null through. */
export function Omittable(): PropertyDecorator {
  return ValidateIf((_body, value) => value !== undefined);
}

/** As people write telephone numbers. */
export const PHONE = /^\+?[0-9 ()./-]{3,32}$/;

/** An object with fields of its own. `ValidateNested` by itself lets a list take its place. */
export function Nested(type: () => new () => object): PropertyDecorator {
  return applyDecorators(IsObject({ message: 'must be an object' }), ValidateNested(), Type(type));
}

/** For the members of a list: each an object, none a list. */
export function NestedEach(type: () => new () => object): PropertyDecorator {
  return applyDecorators(
    IsObject({ each: true, message: 'must hold objects' }),
    ValidateNested({ each: true }),
    Type(type),
  );
}
