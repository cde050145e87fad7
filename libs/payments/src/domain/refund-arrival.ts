import { addLocalDays, weekdayOf, type LocalDate } from '@app/common';

/** Business days until a refund usually shows on the client's statement. */
export interface ArrivalDays {
  earliest: number;
  latest: number;
}

export interface ArrivalWindow {
  earliestOn: LocalDate;
  latestOn: LocalDate;
}

const FRIDAY = 5;

/**
 * Reads the setting REFUND_ARRIVAL_DAYS, such as `5-7`.
 *
 * @throws RangeError when it is not two numbers of days, the smaller first
 */
export function arrivalDays(setting: string): ArrivalDays {
  const parts = /^(\d{1,2})-(\d{1,2})$/.exec(setting);
  const [earliest, latest] = [Number(parts?.[1]), Number(parts?.[2])];
  if (parts === null || earliest > latest)
    throw new RangeError(`"${setting}" is no range of days such as 5-7`);
  return { earliest, latest };
}

/**
 * When a refund is expected on the client's statement. Business days are Monday to Friday; bank holidays differ by
 * bank and are not known here.
 *
 * @param startedOn local day on which the refund was started
 */
export function expectedBetween(startedOn: LocalDate, days: ArrivalDays): ArrivalWindow {
  return {
    earliestOn: addBusinessDays(startedOn, days.earliest),
    latestOn: addBusinessDays(startedOn, days.latest),
  };
}

function addBusinessDays(from: LocalDate, days: number): LocalDate {
  let date = from;
  for (let left = days; left > 0;) {
    date = addLocalDays(date, 1);
    if (weekdayOf(date) <= FRIDAY) left -= 1;
  }
  return date;
}
