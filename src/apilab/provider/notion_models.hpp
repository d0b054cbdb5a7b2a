#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/data/model.hpp"
#include "apilab/data/values.hpp"

// What Notion's API sends, as far as we read it, for `data::decode`. Source:
// developers.notion.com/reference (page, page property values, data source, database, block, user),
// versions 2025-09-03 and 2026-03-11. A member that is there and not of use is ignored by name, so
// that a new one shows as drift. What has no value is null in one version and absent in another:
// such members are `std::optional`.
namespace apilab::provider::notion {

/// A piece of a text.
struct RichText {
    /// `text`, `mention`, `equation`.
    std::string type;
    std::string plain_text;
    std::optional<std::string> href;
};
BOOST_DESCRIBE_STRUCT(RichText, (), (type, plain_text, href))

/// One option of a select, a multi-select or a status.
struct SelectOption {
    std::optional<std::string> id;
    std::string name;
    std::optional<std::string> color;
};
BOOST_DESCRIBE_STRUCT(SelectOption, (), (id, name, color))

/// `start` alone, or a range. A day (`2026-11-22`), or a time; one without an offset is in
/// `time_zone`. `start_of` and `end_of` (notion_values.hpp) read them.
struct Date {
    std::string start;
    std::optional<std::string> end;
    std::optional<std::string> time_zone;
};
BOOST_DESCRIBE_STRUCT(Date, (), (start, end, time_zone))

struct Person {
    std::optional<std::string> email;
};
BOOST_DESCRIBE_STRUCT(Person, (), (email))

/// Often partial: within pages it may be an id and nothing else.
struct User {
    std::string id;
    /// `person`, `bot`.
    std::optional<std::string> type;
    std::optional<std::string> name;
    /// Its e-mail address is there only for who may read it.
    std::optional<Person> person;
    std::optional<data::RawJson> bot;
};
BOOST_DESCRIBE_STRUCT(User, (), (id, type, name, person, bot))

struct Reference {
    std::string id;
};
BOOST_DESCRIBE_STRUCT(Reference, (), (id))

struct UniqueId {
    std::optional<std::string> prefix;
    std::optional<std::int64_t> number;
};
BOOST_DESCRIBE_STRUCT(UniqueId, (), (prefix, number))

/// What one property of a page holds; which member that is, is said by `type`. No value: that
/// member is empty. A type that is not known here is kept in `unknown` under its name.
struct PropertyValue {
    /// URL-encoded text as it came, `title` for the title. Names change, ids stay.
    std::string id;
    std::string type;
    /// At most 25 pieces of a text, people and relations are shown here (`may_be_cut`); all of them
    /// are had by `Notion::text_of`.
    std::optional<std::vector<RichText>> title;
    std::optional<std::vector<RichText>> rich_text;
    std::optional<double> number;
    std::optional<SelectOption> select;
    std::optional<SelectOption> status;
    std::optional<std::vector<SelectOption>> multi_select;
    std::optional<Date> date;
    std::optional<std::vector<User>> people;
    std::optional<std::vector<Reference>> relation;
    std::optional<bool> has_more;
    std::optional<bool> checkbox;
    std::optional<std::string> url;
    std::optional<std::string> email;
    std::optional<std::string> phone_number;
    std::optional<UniqueId> unique_id;
    std::optional<SystemTime> created_time;
    std::optional<SystemTime> last_edited_time;
    std::optional<User> created_by;
    std::optional<User> last_edited_by;
    std::optional<data::RawJson> files;
    std::optional<data::RawJson> formula;
    std::optional<data::RawJson> rollup;
    std::optional<data::RawJson> button;
    std::optional<data::RawJson> place;
    std::optional<data::RawJson> verification;
    data::UnknownFields unknown;
};
BOOST_DESCRIBE_STRUCT(PropertyValue, (),
                      (id, type, title, rich_text, number, select, status, multi_select, date,
                       people, relation, has_more, checkbox, url, email, phone_number, unique_id,
                       created_time, last_edited_time, created_by, last_edited_by, files, formula,
                       rollup, button, place, verification, unknown))

/// Where something stands: the member that `type` names.
struct Parent {
    std::string type;
    std::optional<std::string> page_id;
    std::optional<std::string> data_source_id;
    std::optional<std::string> database_id;
    std::optional<std::string> block_id;
    std::optional<bool> workspace;
};
BOOST_DESCRIBE_STRUCT(Parent, (), (type, page_id, data_source_id, database_id, block_id, workspace))

/// A page; a row of a data source is one. Times are rounded to the minute.
struct Page {
    std::string object;
    std::string id;
    SystemTime created_time;
    SystemTime last_edited_time;
    Parent parent;
    /// `archived` until 2026-03-11, `in_trash` since; both for a while.
    std::optional<bool> in_trash;
    std::optional<bool> archived;
    std::map<std::string, PropertyValue> properties;
    std::string url;

    [[nodiscard]] bool thrown_away() const { return in_trash.value_or(archived.value_or(false)); }
};
BOOST_DESCRIBE_STRUCT(Page, (),
                      (object, id, created_time, last_edited_time, parent, in_trash, archived,
                       properties, url))

/// A column of a data source.
struct PropertySchema {
    std::string id;
    std::string name;
    std::string type;
    /// Its details, under the name of its type.
    data::UnknownFields details;
};
BOOST_DESCRIBE_STRUCT(PropertySchema, (), (id, name, type, details))

struct DataSource {
    std::string id;
    std::vector<RichText> title;
    std::map<std::string, PropertySchema> properties;
    Parent parent;
    std::optional<bool> in_trash;
};
BOOST_DESCRIBE_STRUCT(DataSource, (), (id, title, properties, parent, in_trash))

struct DataSourceName {
    std::string id;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(DataSourceName, (), (id, name))

/// What data sources stand in; it has no columns of its own.
struct Database {
    std::string id;
    std::vector<RichText> title;
    std::vector<DataSourceName> data_sources;
    Parent parent;
    std::optional<bool> in_trash;
};
BOOST_DESCRIBE_STRUCT(Database, (), (id, title, data_sources, parent, in_trash))

struct Block {
    std::string id;
    /// `unsupported` where the API has no word for it.
    std::string type;
    bool has_children = false;
    std::optional<bool> in_trash;
    /// Its content, under the name of its type.
    data::UnknownFields content;
};
BOOST_DESCRIBE_STRUCT(Block, (), (id, type, has_children, in_trash, content))

/// One item of a property that is read by itself.
struct PropertyItem {
    std::string type;
    std::optional<RichText> title;
    std::optional<RichText> rich_text;
};
BOOST_DESCRIBE_STRUCT(PropertyItem, (), (type, title, rich_text))

}  // namespace apilab::provider::notion

namespace apilab::data {

template <>
struct Model<provider::notion::RichText> {
    static constexpr std::array<std::string_view, 4> ignored{"annotations", "text", "mention",
                                                             "equation"};
};
template <>
struct Model<provider::notion::SelectOption> {
    static constexpr std::array<std::string_view, 1> ignored{"description"};
};
template <>
struct Model<provider::notion::Person> {
    static constexpr std::array<std::string_view, 1> ignored{"email_verified"};
};
template <>
struct Model<provider::notion::User> {
    static constexpr std::array<std::string_view, 3> ignored{"object", "avatar_url", "request_id"};
};
template <>
struct Model<provider::notion::Page> {
    static constexpr std::array<std::string_view, 8> ignored{
        "created_by", "last_edited_by", "cover",      "icon",
        "is_locked",  "is_archived",    "public_url", "request_id"};
};
template <>
struct Model<provider::notion::DataSource> {
    static constexpr std::array<std::string_view, 15> ignored{
        "object",           "cover",       "icon",      "created_time",    "created_by",
        "last_edited_time", "description", "is_inline", "database_parent", "url",
        "last_edited_by",   "public_url",  "archived",  "request_id",      "is_locked"};
};
template <>
struct Model<provider::notion::Database> {
    static constexpr std::array<std::string_view, 12> ignored{
        "object", "description", "is_inline",  "created_time", "last_edited_time", "icon",
        "cover",  "url",         "public_url", "is_locked",    "request_id",       "archived"};
};
// What is below the name of its type is the type's own.
template <>
struct Model<provider::notion::PropertySchema> {
    static constexpr bool partial = true;
};
template <>
struct Model<provider::notion::Block> {
    static constexpr bool partial = true;
};
template <>
struct Model<provider::notion::PropertyItem> {
    static constexpr bool partial = true;
};

}  // namespace apilab::data
