#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <utility>

#include "apilab/work/sqlite_store.hpp"
#include "work_store.hpp"

namespace apilab::work {
namespace {

std::filesystem::path new_folder() {
    static std::atomic<int> made = 0;
    const auto folder =
        std::filesystem::temp_directory_path() /
        ("apilab_work_store_" + std::to_string(::getpid()) + "_" + std::to_string(++made));
    std::filesystem::create_directories(folder);
    return folder;
}

class SqliteMaker final : public StoreMaker {
public:
    SqliteMaker() = default;
    SqliteMaker(const SqliteMaker&) = delete;
    SqliteMaker& operator=(const SqliteMaker&) = delete;
    ~SqliteMaker() override { std::filesystem::remove_all(folder_); }

    Result<std::unique_ptr<Store>> open(StoreOptions options) override {
        return SqliteStore::open(folder_ / "work.db", {.limits = options});
    }

private:
    std::filesystem::path folder_ = new_folder();
};

std::unique_ptr<StoreMaker> make_sqlite() {
    return std::make_unique<SqliteMaker>();
}

INSTANTIATE_TEST_SUITE_P(Sqlite, WorkStore, testing::Values(&make_sqlite));

}  // namespace
}  // namespace apilab::work
