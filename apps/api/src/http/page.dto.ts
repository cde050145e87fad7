import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

/** What every list takes. */
export class PageQuery {
  /**
   * Rows per page
   * @example 25
   */
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d{1,6}$/.test(value) ? Number(value) : value,
  )
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 25;

  /** `nextCursor` of the page before; opaque */
  @IsOptional()
  @IsString()
  @MaxLength(2_000)
  cursor?: string;
}
