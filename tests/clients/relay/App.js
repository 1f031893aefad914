/* A small app as Relay's documentation writes them: fragments beside what they are for, pages, a mutation, what is live. */
import { graphql } from 'relay-runtime';

export const page = graphql`
  query AppEventsQuery($count: Int!, $cursor: String) {
    viewer {
      id
    }
    ...App_events @arguments(count: $count, cursor: $cursor)
  }
`;

export const events = graphql`
  fragment App_events on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "AppEventsPaginationQuery") {
    events(first: $count, after: $cursor) @connection(key: "App_events") {
      edges {
        node {
          id
          ...App_event
        }
      }
    }
  }
`;

export const event = graphql`
  fragment App_event on Event
  @argumentDefinitions(count: { type: "Int", defaultValue: 5 }, cursor: { type: "String" })
  @refetchable(queryName: "AppEventQuery") {
    title
    status
    venue {
      name
      city
    }
    ticketTypes {
      name
      price {
        amount
        currency
      }
      availability
      remaining
    }
    dates(first: $count, after: $cursor) @connection(key: "App_event_dates") {
      edges {
        node {
          startsAt
        }
      }
    }
  }
`;

export const holding = graphql`
  mutation AppHoldMutation($input: HoldTicketsInput!) {
    holdTickets(input: $input) {
      hold {
        expiresAt
        event {
          ...App_event
        }
        positions {
          price {
            amount
          }
        }
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const live = graphql`
  subscription AppAvailabilitySubscription($id: ID!) {
    eventAvailability(eventId: $id) {
      ...App_event
    }
  }
`;
