/**
 * What the training module offers beside the main one; registered in cpp/bindings/train.cpp.
 *
 * @module
 */

/** @typedef {import('../runtime.js').Core} Core */

/**
 * @typedef {import('../runtime.js').CoreModule & {
 *   Parameters: new () => CoreParameters,
 *   ArrayTraining: new () => CoreArrayTraining,
 *   StrokeTraining: new () => CoreStrokeTraining,
 * }} TrainModule
 */

/**
 * @typedef {Core & {
 *   build(description: string, seed: number): number, size(): number, values(): number,
 *   views(): number, name(view: number): string, rank(view: number): number, extent(view: number, axis: number): number,
 * }} CoreParameters
 */

/**
 * @typedef {Core & {
 *   setSteps(steps: number): void, startFrom(parameters: number): void,
 *   step(): number, done(): boolean, steps(): number, stepsPerEpoch(): number,
 *   validates(): boolean, validate(): void,
 *   valueNats(): number, discreteNats(): number, points(): number, rate(): number, norm(): number,
 *   validationValueNats(): number, validationDiscreteNats(): number,
 *   parameters(): number,
 *   makeCheckpoint(): void, checkpoint(): number, checkpointSize(): number, resume(bytes: number, size: number): number,
 * }} CoreTraining
 */

/**
 * @typedef {CoreTraining & {
 *   inputs(values: number, rows: number, size: number): void,
 *   targets(values: number, rows: number, size: number, lastOnly: boolean): void,
 *   mask(values: number, count: number): void, classes(values: number, count: number): void,
 *   lengths(values: number, count: number): void,
 *   create(specification: string, validate: number, share: number): number,
 * }} CoreArrayTraining
 */

/**
 * @typedef {CoreTraining & {
 *   read(bytes: number, size: number): number, classes(): number, className(index: number): string, deviation(): number,
 *   create(specification: string): number,
 * }} CoreStrokeTraining
 */

export {}
