// Credo's storage in memory: records by class and id, found by their tags.
import { RecordDuplicateError, RecordNotFoundError } from "@credo-ts/core";

const contains = (tags, name, value) =>
  Array.isArray(value) ? value.every((each) => tags[name]?.includes(each)) : tags[name] === value;

function fits(record, { $and = [], $or, $not, ...tags }) {
  const own = record.getTags();
  return (
    Object.entries(tags).every(([name, value]) => value === undefined || contains(own, name, value)) &&
    $and.every((query) => fits(record, query)) &&
    (!$or || $or.some((query) => fits(record, query))) &&
    (!$not || !fits(record, $not))
  );
}

export class MemoryStorage {
  supportsCursorPagination = false;
  #records = new Map();

  #of(type) {
    if (!this.#records.has(type)) this.#records.set(type, new Map());
    return this.#records.get(type);
  }

  #known(type, id) {
    const record = this.#of(type).get(id);
    if (!record) throw new RecordNotFoundError(`no record ${id}`, { recordType: type });
    return record;
  }

  async save(_context, record) {
    if (this.#of(record.type).has(record.id)) throw new RecordDuplicateError(`${record.id} is there`, { recordType: record.type });
    this.#of(record.type).set(record.id, record.clone());
  }

  async update(_context, record) {
    this.#known(record.type, record.id);
    this.#of(record.type).set(record.id, record.clone());
  }

  async delete(context, record) {
    await this.deleteById(context, record, record.id);
  }

  async deleteById(_context, { type }, id) {
    this.#known(type, id);
    this.#of(type).delete(id);
  }

  async getById(_context, { type }, id) {
    return this.#known(type, id).clone();
  }

  async getAll(_context, { type }) {
    return [...this.#of(type).values()].map((record) => record.clone());
  }

  async findByQuery(_context, { type }, query) {
    return [...this.#of(type).values()].filter((record) => fits(record, query)).map((record) => record.clone());
  }
}
