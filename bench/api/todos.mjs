// The three to-dos that every server of this benchmark answers with.
export const owner = 'a11ce000-0000-4000-8000-000000000001'
export const descriptions = ['Pick up grocery', 'Finish invoice report', 'Water plants']
export const todos = descriptions.map((description, index) => ({ id: index + 1, owner, description }))

/** `count` to-dos of a thousand owners. */
export function manyTodos(count) {
  return Array.from({ length: count }, (_, index) => ({
    owner: `a11ce000-0000-4000-8000-${String(index % 1_000).padStart(12, '0')}`,
    description: `To-do number ${index}, of middling length, as people write them`,
  }))
}
