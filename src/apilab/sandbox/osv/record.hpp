#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/affected.hpp"
#include "apilab/sandbox/audit.hpp"
#include "apilab/sandbox/facts.hpp"

namespace apilab::sandbox::osv {

/// One OSV record: what is needed to find it, and its text as it is served.
struct Record {
    std::string id;
    std::string modified;
    bool withdrawn = false;
    std::vector<std::string> aliases;
    /// One entry per `affected[]` that names a package; ranges of type GIT are left out.
    std::vector<Affected> affected;
    /// Commits that a range of type GIT names as affected: where it begins and where it ends
    /// inclusively.
    std::vector<std::string> commits;
    std::string text;
};

/// All records. Never changes once made.
class Database {
public:
    /// Keeps the first of two records with one id.
    explicit Database(std::vector<Record> records);

    [[nodiscard]] const Record* find(std::string_view id) const;
    /// Ids of records that have `alias` among their aliases, in order.
    [[nodiscard]] std::vector<std::string> ids_with_alias(std::string_view alias) const;
    /// Records that are not withdrawn and hold the version (all of the package where `version` is
    /// empty), by id. Ecosystem and name are case-sensitive; an ecosystem without a suffix means
    /// every release of it.
    [[nodiscard]] std::vector<const Record*> match(std::string_view ecosystem,
                                                   std::string_view package,
                                                   std::string_view version) const;
    /// Records that are not withdrawn and name that commit as affected. There is no history here:
    /// what lies between two commits is not known.
    [[nodiscard]] std::vector<const Record*> match_commit(std::string_view commit) const;
    [[nodiscard]] const std::vector<Record>& records() const { return records_; }

private:
    std::vector<Record> records_;
    std::map<std::string, std::size_t, std::less<>> by_id_;
    std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> by_package_;
};

/// A fault of ours as the record that OSV would have of it (providers/osv, "Record").
[[nodiscard]] Record make_record(const AdvisoryFacts& facts);

/// A recorded OSV document. Errors (`decode`): the required `id` or `modified` is missing, or
/// `affected` is no array.
[[nodiscard]] Result<Record> read_record(http::Json document);

/// What the npm registry's audit would say of a record: one entry per npm package it names.
[[nodiscard]] std::vector<AuditEntry> audit_entries(http::Json document);

}  // namespace apilab::sandbox::osv
