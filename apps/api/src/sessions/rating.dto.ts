import { IsInt, IsNotEmpty, IsString, Max, MaxLength, Min } from 'class-validator';
import { Omittable } from '../http/fields';

export class RatingBody {
  /** @example 5 */
  @IsInt()
  @Min(1)
  @Max(5)
  rating: number;

  /** @example "I know what to do next." */
  @Omittable()
  @IsString()
  @IsNotEmpty()
  @MaxLength(4_000)
  comment?: string;
}
