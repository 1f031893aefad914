/* An event's dates and offers, as widgets read them. */
import type { DateStateFragment, EventStatus } from '../../graphql/generated/graphql';

export interface WidgetList {
  id: string;
  title: string;
  status: EventStatus;
  testMode: boolean;
  timeZone: string;
  organizer: string;
  /* Whose pages may show the sale in a frame. */
  embedOrigins: readonly string[];
  dates: readonly DateStateFragment[];
}
