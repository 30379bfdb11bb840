// The storage of every weight and every state: 64-byte aligned (a cache line) and zero-initialised.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <type_traits>
#include <utility>

namespace mdn {

// An array of `size()` values of a trivial type. It gets its size once, by the constructor, `resize` or `try_resize`; a
// second size replaces the contents by zeros (growing in place is what std::vector is for). Copies are deep.
template <class T>
class AlignedVector {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_default_constructible_v<T>);

 public:
  static constexpr std::size_t kAlignment = 64;

  AlignedVector() = default;
  explicit AlignedVector(std::size_t size) { resize(size); }
  AlignedVector(const AlignedVector& other) { copy_from(other); }
  AlignedVector(AlignedVector&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  AlignedVector& operator=(const AlignedVector& other) {
    if (this != &other) copy_from(other);
    return *this;
  }
  AlignedVector& operator=(AlignedVector&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~AlignedVector() { release(); }

  // `size` zeros. False, and an empty vector, when there is not enough memory.
  [[nodiscard]] bool try_resize(std::size_t size) {
    release();
    if (size == 0) return true;
    if (size > std::numeric_limits<std::size_t>::max() / sizeof(T)) return false;
    void* memory = ::operator new (size * sizeof(T), std::align_val_t{kAlignment}, std::nothrow);
    if (memory == nullptr) return false;
    std::memset(memory, 0, size * sizeof(T));
    data_ = static_cast<T*>(memory);
    size_ = size;
    return true;
  }

  // The same for sizes the caller has already checked: running out of memory ends the program.
  void resize(std::size_t size) {
    if (try_resize(size)) return;
    std::abort();
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

  T& operator[](std::size_t index) {
    assert(index < size_);
    return data_[index];
  }
  const T& operator[](std::size_t index) const {
    assert(index < size_);
    return data_[index];
  }

 private:
  void release() {
    if (data_ != nullptr) ::operator delete (data_, std::align_val_t{kAlignment});
    data_ = nullptr;
    size_ = 0;
  }
  // Keeps the memory when the size is the same, so that restoring a snapshot allocates nothing.
  void copy_from(const AlignedVector& other) {
    if (size_ != other.size_) resize(other.size_);
    if (size_ > 0) std::memcpy(data_, other.data_, size_ * sizeof(T));
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace mdn
