#include "apilab/sandbox/notion/internal/fidelity.hpp"

namespace apilab::sandbox::notion {

FidelityCard fidelity_card() {
    return {
        .copied =
            {"`Notion-Version` is required (400 `missing_version`); 2021-08-16 to 2026-03-11.",
             "Databases with data sources from 2025-09-03 on; before that a database is its only "
             "data source, and fails once it has two.",
             "Every property type but `place` and `verification`, with sizes checked in UTF-16 "
             "units.",
             "Pages show 25 items of a text or relation; the property endpoint pages through all.",
             "Blocks of 28 kinds: two levels and 100 children a request, 1,000 in all, `after` and "
             "`position`.",
             "Filters on every property type and `timestamp`, nested twice; sorts by property and "
             "time.",
             "A query ends after 10,000 rows and says so in `request_status`.",
             "Ids with or without dashes; times of pages rounded to the minute; `request_id` in "
             "every body and `x-notion-request-id`.",
             "404 `object_not_found` for what is not shared, 400 `invalid_request_url` for unknown "
             "paths, 429 with `rate_limit_reason`, 409, 529, 503.",
             "Three requests a second for each token; thin webhook events."},
        .not_copied = {"OAuth (`/v1/oauth/*`), views, async tasks, page markdown, templates.",
                       "Subscriptions are made by the sandbox, not in a settings page.",
                       "Plans, workspaces, permissions of single pages, user groups.",
                       "`cf-ray` and the other headers of the proxy in front."},
        .differs =
            {"What is in the trash can still be changed; the real one refuses.",
             "Formulas know one property and one operation; rollups `show_original`, `sum` and "
             "counts.",
             "Several failures of one body are told one at a time, but for the kind of a block.",
             "Without sorts, pages come in the order in which they were made.",
             "Times in filters are in UTC."},
        .sources = {"developers.notion.com/reference/request-limits",
                    "developers.notion.com/reference/changes-by-version",
                    "developers.notion.com/reference/status-codes",
                    "developers.notion.com/guides/get-started/upgrade-guide-2025-09-03",
                    "developers.notion.com/reference/webhooks",
                    "github.com/makenotion/notion-sdk-js",
                    "github.com/ramnes/notion-sdk-py (recorded exchanges)"}};
}

}  // namespace apilab::sandbox::notion
